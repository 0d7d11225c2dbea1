import { hidden } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const nodeRows: readonly ResourceRow[] = [hidden({ group: 'node.k8s.io', versions: ['v1'] }, 'runtimeclasses', 'RuntimeClass')];
