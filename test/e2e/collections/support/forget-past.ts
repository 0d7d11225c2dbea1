import { loadConfig } from '../../../../src/config/config.ts';
import { waitUntil } from '../../../../src/launch/wait-until.ts';
import { connectEtcd } from '../../../../src/tenants/etcd-client.ts';
import { askList, readList, withQuery } from './read-list.ts';
import type { Stage } from './stage.ts';

/** Where apiservers tell each other how far etcd has been compacted; they ask every 15 seconds. */
const COMPACTED = 'compact_rev_key';

/**
 * Has etcd compacted up to now, as apiservers do every five minutes; resolves when upstream serves nothing from before any more.
 * @param paths of the collections, straight at upstream
 */
export async function forgetPast({ stack, platform }: Stage, paths: readonly string[]): Promise<void> {
  const cursors = new Map<string, string>();
  for (const path of paths) {
    const { continue: cursor } = await readList(platform.cluster, withQuery(path, { limit: 1 }));
    cursors.set(path, cursor!);
  }
  const touched = { metadata: { annotations: { 'colltest/touched': String(Date.now()) } } };
  const { metadata } = await platform.must('PATCH', '/api/v1/namespaces/default', touched, 'application/merge-patch+json');
  const etcd = connectEtcd(loadConfig(stack.home.config).etcdEndpoints);
  try {
    await etcd.put(COMPACTED).value(metadata.resourceVersion);
    await etcd.kv.compact({ revision: metadata.resourceVersion, physical: false });
  } finally {
    etcd.close();
  }
  for (const [path, cursor] of cursors) {
    const isGone = async () => (await askList(platform.cluster, withQuery(path, { continue: cursor, limit: 1 }))).status === 410;
    await waitUntil(`upstream to forget ${path}`, isGone, { timeoutMs: 60_000, intervalMs: 250 });
  }
}
