import type { DiscoveredResource } from '../../upstream/discover.ts';
import { inParallel } from '../../upstream/in-parallel.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { listOwned } from './owned-kinds.ts';

const CONCURRENCY = 6;

interface Definition extends KubeObject {
  spec: { conversion?: { strategy?: string }; versions: { name: string; served: boolean; storage: boolean }[] };
}

const ANYTHING = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

/**
 * Makes the objects of the tenant's CRDs reachable, so that they can be deleted: a conversion webhook that does not answer, a version
 * that is stored and not served, a schema that its own objects break, each keeps upstream from reading or writing them.
 * @param all also those that do not look as if they stood in the way
 */
export async function loosenDefinitions(
  upstream: UpstreamClient,
  definitions: DiscoveredResource,
  tenantId: string,
  all: boolean,
): Promise<void> {
  const owned = await listOwned(upstream, definitions, tenantId);
  await inParallel(owned, CONCURRENCY, async ({ metadata }) => {
    const path = `${definitions.path}/${metadata.name}`;
    try {
      const { spec } = await upstream.get<Definition>(path);
      if (!all && !standsInTheWay(spec)) return;
      const versions = spec.versions.map(({ name, storage }) => ({ name, storage, served: true, schema: ANYTHING }));
      await upstream.patch(path, { spec: { conversion: { strategy: 'None', webhook: null }, versions } });
    } catch (thrown) {
      if (!isUpstreamError(thrown, 'NotFound', 'Conflict')) throw thrown;
    }
  });
}

function standsInTheWay({ conversion, versions }: Definition['spec']): boolean {
  return conversion?.strategy === 'Webhook' || versions.some(({ served }) => !served);
}
