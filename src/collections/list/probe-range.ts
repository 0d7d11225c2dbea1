import { toUpstreamToken } from '../../upstream/continue-token.ts';
import { UpstreamRefusal } from '../ask-upstream.ts';
import { nameOfCollection, pathOfCollection } from '../collection.ts';
import { acceptForList, type Form } from '../form.ts';
import { createPageReader } from '../read/create-page-reader.ts';
import { isSelected } from '../selection.ts';
import type { ListJob } from './list-job.ts';

const METADATA: Form = { shape: 'partial', isProtobuf: false, version: 'v1' };
/** Behind the name of every namespace and object. */
const BEHIND_ALL = '~';

/**
 * Asks once for each kind whether its server begins a list where it is asked to: from behind all objects on there must be none. Aggregated
 * servers are known not to. What is seen in an answer later on is checked again: see RangeIgnoredError.
 */
export async function probeRange({ collection, selection, memory, askAsGateway, signal }: ListJob): Promise<void> {
  const name = nameOfCollection(collection);
  if (memory.isProbed(name)) return;
  if (collection.row.isAggregated) {
    memory.noteProbed(name, false);
    return;
  }
  // A list that is selected from is no range anyway.
  if (isSelected(selection) || collection.row.nameFormat === 'definition') return;
  const query = { limit: 1, continue: toUpstreamToken({ revision: -1, start: BEHIND_ALL }) };
  try {
    const { body } = await askAsGateway({ path: pathOfCollection(collection), query, accept: acceptForList(METADATA) }, signal);
    const reader = createPageReader(METADATA);
    let items = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) items += reader.write(chunk).length;
    memory.noteProbed(name, items === 0);
  } catch (error) {
    if (!(error instanceof UpstreamRefusal)) throw error;
    // Any other refusal is about the kind, or the moment, and will be the list's own.
    if (error.status === 400) memory.noteProbed(name, false);
  }
}
