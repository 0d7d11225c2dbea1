import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const FLOW_CONTROL = { group: 'flowcontrol.apiserver.k8s.io', versions: ['v1'] } as const;
const QUEUES = "the API server's queues belong to the platform";

export const flowcontrolRows: readonly ResourceRow[] = [
  refused(FLOW_CONTROL, 'flowschemas', 'FlowSchema', QUEUES),
  refused(FLOW_CONTROL, 'prioritylevelconfigurations', 'PriorityLevelConfiguration', QUEUES),
];
