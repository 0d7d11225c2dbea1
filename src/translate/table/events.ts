import { namespaced } from './make-row.ts';
import type { ResourceRow } from './row.ts';

/** The same stored objects as core/v1 Events, under other field names. */
export const eventsRows: readonly ResourceRow[] = [
  namespaced({ group: 'events.k8s.io', versions: ['v1'] }, 'events', 'Event', {
    fields: { regarding: 'eventReference', related: 'objectReference', note: 'text', reason: 'text' },
    cells: { 3: 'kindAndName', 6: 'text' },
  }),
];
