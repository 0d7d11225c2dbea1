import type { Listing, Session, Sighting } from '../observation.ts';
import type { PlainSession } from './verify-session.ts';

/**
 * A watch that sends the state first is a list and a watch in one: parted at the bookmark that ends the state. Before that
 * bookmark changes may come as well, which belong to the state by then. Nothing for one that ended before it.
 */
export function partSession(session: Session): { listing?: Listing; watch?: PlainSession } {
  const { observer, from, entries } = session;
  if (from !== 'state') return { watch: { ...session, from } };
  const end = entries.findIndex((entry) => entry.type === 'BOOKMARK' && entry.initialEnd);
  if (end < 0) return {};
  const items = new Map<string, Sighting>();
  for (const entry of entries.slice(0, end)) {
    if (entry.type === 'DELETED') items.delete(entry.key);
    else if (entry.type !== 'BOOKMARK') items.set(entry.key, entry);
  }
  const { revision } = entries[end]!;
  return {
    listing: { observer, revision, items: [...items.values()] },
    watch: { observer, from: revision, entries: entries.slice(end + 1) },
  };
}
