/** The script: what a person does with a new cluster, from the first namespace to the last delete. */
import type { Step } from './step.ts';
import { ACCESS } from './steps/access.ts';
import { APPLY } from './steps/apply.ts';
import { CHANGE } from './steps/change.ts';
import { CUSTOM } from './steps/custom.ts';
import { DELETE } from './steps/delete.ts';
import { DISCOVER } from './steps/discover.ts';
import { FAIL } from './steps/fail.ts';
import { READ } from './steps/read.ts';
import { WATCH } from './steps/watch.ts';

/** In order; each part stands on what the parts before it have made. */
export const PARTS: Readonly<Record<string, readonly Step[]>> = {
  apply: APPLY,
  read: READ,
  access: ACCESS,
  watch: WATCH,
  errors: FAIL,
  change: CHANGE,
  discovery: DISCOVER,
  custom: CUSTOM,
  delete: DELETE,
};

export const STEPS: readonly Step[] = Object.values(PARTS).flat();

/** What is also asked of upstream itself about a tenant's objects, to see that the comparison would notice. */
export const CONTROL_STEPS: readonly Step[] = [
  { command: 'get deployment web -n shop -o yaml', shows: /kind: Deployment/ },
  { command: 'get networkpolicies -n shop -o yaml', shows: /metadata.name/ },
  { command: 'get rolebinding reader -n shop -o yaml', shows: /kind: RoleBinding/ },
  { command: 'get namespace shop -o yaml', shows: /kind: Namespace/ },
  { command: 'get pv archive -o yaml', shows: /claimRef/ },
  { command: 'get clusterrole parity-watcher -o yaml', shows: /kind: ClusterRole/ },
  { command: 'describe endpointslice outside -n shop', shows: /Name:/ },
];

/** The same question in upstream's spelling. */
export function untranslated(step: Step, tenantId: string): Step {
  return { ...step, command: step.command.replace(/(?<=-n |namespace |pv |clusterrole )(?=[a-z])/g, `${tenantId}-`) };
}
