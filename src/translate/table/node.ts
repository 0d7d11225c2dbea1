import { classKind } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const nodeRows: readonly ResourceRow[] = [
  // A handler is what the nodes have; one of a weaker isolation than the platform's default must not be there for the asking.
  classKind({ group: 'node.k8s.io', versions: ['v1'] }, 'runtimeclasses', 'RuntimeClass', {
    fields: { handler: 'clusterName' },
    cells: { 1: 'name' },
  }),
];
