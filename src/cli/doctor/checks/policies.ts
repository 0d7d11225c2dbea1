import { isConfinementEnforced, mutatingPolicyVersion } from '../../../controller/platform/install-platform.ts';
import { platformObjects } from '../../../controller/platform/platform-objects.ts';
import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';

/** The second line: upstream itself refuses what a tenant may not do. That the policies are there does not say that they work. */
export const policies: Check = {
  name: 'policies',
  title: 'policies upstream',
  about: 'the admission policies are there, and upstream refuses what they forbid',
  run: (context) => eachUpstream(context, lookAtPolicies),
};

async function lookAtPolicies({ controller }: DoctorUpstream): Promise<Finding[]> {
  const objects = platformObjects(await mutatingPolicyVersion(controller));
  const missing: string[] = [];
  const unseen: string[] = [];
  await Promise.all(
    objects.map(async ({ path, object }) => {
      const { status } = await controller.request({ method: 'GET', path });
      if (status !== 200) (status === 404 ? missing : unseen).push(`${object.kind} ${object.metadata.name}`);
    }),
  );
  const advice = 'a running controller puts them back: does one lead, and may it?';
  const findings: Finding[] = missing.length > 0 ? [failure(`missing: ${someOf(missing.sort())}`, advice)] : [];
  if (unseen.length > 0)
    findings.push(failure(`cannot be read: ${someOf(unseen.sort())}`, "give the controller's user the rules of docs/helm.md"));
  const enforced = await isConfinementEnforced(controller);
  if (enforced === false) findings.push(failure('upstream lets a tenant write outside of what is its own', advice));
  if (enforced === undefined) {
    findings.push(warning('it cannot be tried whether they work', 'let the controller impersonate users and groups upstream'));
  }
  return findings.length > 0 ? findings : [ok(`${objects.length} objects, and they work`)];
}
