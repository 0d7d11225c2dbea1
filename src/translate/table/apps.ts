import { namespaced, SCALE, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { claimStatus, claimTemplate, workload } from './types.ts';

const APPS = { group: 'apps', versions: ['v1'] } as const;

export const appsRows: readonly ResourceRow[] = [
  namespaced(APPS, 'deployments', 'Deployment', { fields: workload, subresources: { status: STATUS, scale: SCALE } }),
  namespaced(APPS, 'replicasets', 'ReplicaSet', { fields: workload, subresources: { status: STATUS, scale: SCALE } }),
  namespaced(APPS, 'daemonsets', 'DaemonSet', { fields: workload, subresources: { status: STATUS } }),
  namespaced(APPS, 'statefulsets', 'StatefulSet', {
    fields: { ...workload, 'spec.volumeClaimTemplates[]': { ...claimTemplate, status: claimStatus } },
    subresources: { status: STATUS, scale: SCALE },
  }),
  // `data` is a part of a DaemonSet or StatefulSet as upstream has it: `{"spec":{"template":…}}`.
  namespaced(APPS, 'controllerrevisions', 'ControllerRevision', {
    fields: { data: { ...workload, 'spec.volumeClaimTemplates[]': claimTemplate } },
  }),
];
