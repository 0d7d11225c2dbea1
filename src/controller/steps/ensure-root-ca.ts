import { readFile } from 'node:fs/promises';
import { prefixOf } from '../../names/prefix.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { MANAGED_BY } from '../policies/policy.ts';
import { NAMESPACES } from './ensure-namespaces.ts';
import { DONE, type Outcome, type Step } from './step.ts';

/** In each of a tenant's namespaces, for its pods: the CA of the gateway's serving certificate. */
export const ROOT_CA_CONFIG_MAP = 'kubezoo-root-ca.crt';

type ConfigMap = KubeObject & { data?: Record<string, string> };

/** Where pods are to find the gateway, each namespace holds what they verify it by. The tenant may delete it; it is made again. */
export const ensureRootCa: Step = {
  name: 'ensure-root-ca',
  condition: 'NamespacesReady',
  async run({ tenantId, upstream, credentials }): Promise<Outcome> {
    const { inCluster, servingCaFile } = credentials;
    if (!inCluster) return DONE;
    const data = { 'ca.crt': await readFile(inCluster.caFile ?? servingCaFile, 'utf8') };
    for (const { metadata } of await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId))) {
      if (metadata.deletionTimestamp) continue;
      const path = `/api/v1/namespaces/${metadata.name}/configmaps/${ROOT_CA_CONFIG_MAP}`;
      try {
        const present = await upstream.get<ConfigMap>(path).catch((thrown: unknown) => {
          if (isUpstreamError(thrown, 'NotFound')) return undefined;
          throw thrown;
        });
        if (present?.data?.['ca.crt'] === data['ca.crt']) continue;
        await upstream.apply(path, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: ROOT_CA_CONFIG_MAP, namespace: metadata.name, labels: MANAGED_BY },
          data,
        });
      } catch (thrown) {
        // The namespace has begun to end since the list; what is left of it needs no CA.
        if (!isUpstreamError(thrown, 'NotFound', 'Forbidden')) throw thrown;
      }
    }
    return DONE;
  },
};
