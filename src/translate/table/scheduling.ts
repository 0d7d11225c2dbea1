import { hidden } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const schedulingRows: readonly ResourceRow[] = [
  hidden({ group: 'scheduling.k8s.io', versions: ['v1'] }, 'priorityclasses', 'PriorityClass'),
];
