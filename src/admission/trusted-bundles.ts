/** What tenants' webhooks are verified by: the CA bundles that stand beside a bridge URL in the tenant's own configurations. */
import { prefixOf } from '../names/prefix.ts';
import { TENANT_LABEL } from '../tenants/tenant.ts';
import { tenantBundle } from '../translate/admission/client-config.ts';
import { listWholeByPrefix } from '../upstream/list-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../upstream/upstream-client.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** A bundle that has been replaced is trusted for this long at most. */
const KEEP_MS = 2_000;

interface ClientConfig {
  url?: string;
  caBundle?: string;
}

interface Configuration extends KubeObject {
  webhooks?: { clientConfig?: ClientConfig }[];
}

interface Definition extends KubeObject {
  spec?: { conversion?: { webhook?: { clientConfig?: ClientConfig } } };
}

export type Use = 'admission' | 'conversion';

interface Known {
  readonly until: number;
  /** By the path of a bridge URL. */
  readonly bundles: Promise<ReadonlyMap<string, readonly Buffer[]>>;
}

export class TrustedBundles {
  readonly #upstream: UpstreamClient;
  readonly #known = new Map<string, Known>();

  constructor(upstream: UpstreamClient) {
    this.#upstream = upstream;
  }

  /**
   * @param path of the URL that upstream called
   * @returns PEM; undefined where no configuration of the tenant's has that URL. Throws UpstreamError.
   */
  async get(tenantId: string, use: Use, path: string): Promise<Buffer | undefined> {
    const found = (await this.#read(tenantId, use)).get(path) ?? (await this.#read(tenantId, use, true)).get(path);
    return found && Buffer.concat(found.map((bundle) => Buffer.concat([bundle, Buffer.from('\n')])));
  }

  /** Reads anew, once for all who ask within the time. */
  #read(tenantId: string, use: Use, anew = false): Promise<ReadonlyMap<string, readonly Buffer[]>> {
    const key = `${use} ${tenantId}`;
    const known = this.#known.get(key);
    const now = performance.now();
    if (known && known.until > now && !(anew && known.until - now < KEEP_MS * 0.9)) return known.bundles;
    const bundles = this.#list(tenantId, use);
    this.#known.set(key, { until: now + KEEP_MS, bundles });
    bundles.catch(() => this.#known.delete(key));
    return bundles;
  }

  async #list(tenantId: string, use: Use): Promise<ReadonlyMap<string, readonly Buffer[]>> {
    const bundles = new Map<string, Buffer[]>();
    for (const { url, caBundle } of await this.#configs(tenantId, use)) {
      const bundle = tenantBundle(caBundle ?? '');
      if (url === undefined || !bundle || !URL.canParse(url)) continue;
      const path = new URL(url).pathname;
      bundles.set(path, [...(bundles.get(path) ?? []), bundle]);
    }
    return bundles;
  }

  async #configs(tenantId: string, use: Use): Promise<ClientConfig[]> {
    if (use === 'conversion') {
      const { items } = await this.#upstream.list<Definition>(CRDS, { query: { labelSelector: `${TENANT_LABEL}=${tenantId}` } });
      return items.map(({ spec }) => spec?.conversion?.webhook?.clientConfig ?? {});
    }
    const configurations = await Promise.all(
      ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'].map((resource) =>
        listWholeByPrefix<Configuration>(this.#upstream, `${ADMISSION}/${resource}`, prefixOf(tenantId)),
      ),
    );
    return configurations.flat().flatMap(({ webhooks = [] }) => webhooks.map(({ clientConfig }) => clientConfig ?? {}));
  }
}
