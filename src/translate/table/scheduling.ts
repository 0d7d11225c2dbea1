import { classKind } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const schedulingRows: readonly ResourceRow[] = [
  classKind({ group: 'scheduling.k8s.io', versions: ['v1'] }, 'priorityclasses', 'PriorityClass'),
];
