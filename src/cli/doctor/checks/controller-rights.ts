import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';
import { type Attributes, deniedOf, describeRight } from '../rights.ts';

const all = (verb: string): Attributes => ({ group: '*', resource: '*', verb });

/** It hands out roles, and upstream lets only somebody who has a right hand it out; and it removes whatever a tenant made. */
const NEEDED: readonly Attributes[] = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'].map(all),
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'bind' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'escalate' },
];
const WANTED: readonly Attributes[] = [
  { group: '', resource: 'users', verb: 'impersonate' },
  { group: '', resource: 'groups', verb: 'impersonate' },
];

export const controllerRights: Check = {
  name: 'controller-rights',
  title: "controller's rights",
  about: "the controller's identity upstream has the rights that it needs",
  run: (context) => eachUpstream(context, lookAtRights),
};

async function lookAtRights({ controller }: DoctorUpstream): Promise<Finding[]> {
  const [denied, unwanted] = await Promise.all([deniedOf(controller, NEEDED), deniedOf(controller, WANTED)]);
  if (denied.length > 0) {
    return [failure(`it may not ${someOf(denied.map(describeRight))}`, 'bind cluster-admin to the user of controllerKubeconfig')];
  }
  if (unwanted.length === 0) return [ok('all that it needs')];
  return [warning(`it may not ${someOf(unwanted.map(describeRight))}`, 'without that it cannot try whether the policies work')];
}
