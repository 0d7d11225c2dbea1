import { prefixOf, tenantIdOfUpstreamName } from '../../names/prefix.ts';
import { toUpstreamToken } from '../../upstream/continue-token.ts';
import { acceptForList, type Form } from '../form.ts';
import { createPageReader } from '../read/create-page-reader.ts';
import { metaOfJson } from '../read/object-meta.ts';
import type { ListJob } from './list-job.ts';
import { PAGE_SIZE } from './list-range.ts';

const METADATA: Form = { shape: 'partial', isProtobuf: false, version: 'v1' };
const NAMESPACES = 'namespaces';

/** The tenant's namespaces, upstream's names, in the order in which what stands in them is kept; and the revision that this shows. */
export async function tenantNamespaces(job: ListJob): Promise<{ names: string[]; revision: number }> {
  const { collection, memory } = job;
  const { tenantId } = collection.context;
  const prefix = prefixOf(tenantId);
  const names: string[] = [];
  let { revision } = job;
  let token = toUpstreamToken({ revision, start: prefix });
  let size = Math.min(PAGE_SIZE, memory.firstPage(tenantId, NAMESPACES));
  let isOver = false;
  do {
    const question = { path: '/api/v1/namespaces', query: { limit: size, continue: token }, accept: acceptForList(METADATA) };
    const { body } = await job.askAsGateway(question, job.signal);
    const reader = createPageReader(METADATA);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      job.onBytes(chunk.length);
      for (const item of reader.write(chunk)) {
        const { name } = metaOfJson(JSON.parse(item.toString('utf8')));
        if (tenantIdOfUpstreamName(name) === tenantId) names.push(name);
        else if (name < prefix) throw new Error('namespaces: a list from the prefix on begins in front of it');
        else isOver = true;
      }
    }
    const head = reader.end();
    revision = Number(head.resourceVersion);
    token = head.continueToken;
    size = PAGE_SIZE;
  } while (!isOver && token !== '');
  memory.noteCount(tenantId, NAMESPACES, names.length);
  // `a-b/x` stands before `a/x`.
  return { names: names.sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1)), revision };
}
