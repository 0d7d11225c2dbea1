import { CONTROLLER_RULES, type PlatformRule } from '../../../upstream/platform-rules.ts';
import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';
import { attributesOf, deniedOf, describeRight } from '../rights.ts';

/** Without these it works, and cannot try whether the policies do. */
const isForTrying = ({ verbs }: PlatformRule) => verbs.includes('impersonate');
const NEEDED = CONTROLLER_RULES.filter((rule) => !isForTrying(rule)).flatMap(attributesOf);
const WANTED = CONTROLLER_RULES.filter(isForTrying).flatMap(attributesOf);

export const controllerRights: Check = {
  name: 'controller-rights',
  title: "controller's rights",
  about: "the controller's identity upstream has the rights that it needs",
  run: (context) => eachUpstream(context, lookAtRights),
};

async function lookAtRights({ controller }: DoctorUpstream): Promise<Finding[]> {
  const [denied, unwanted] = await Promise.all([deniedOf(controller, NEEDED), deniedOf(controller, WANTED)]);
  if (denied.length > 0) {
    return [
      failure(
        `it may not ${someOf(denied.map(describeRight))}`,
        'bind the rules of docs/helm.md, or cluster-admin, to the user of controllerKubeconfig',
      ),
    ];
  }
  if (unwanted.length === 0) return [ok('all that it needs')];
  return [warning(`it may not ${someOf(unwanted.map(describeRight))}`, 'without that it cannot try whether the policies work')];
}
