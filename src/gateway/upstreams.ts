/** The upstream clusters of one thread of the sidecar: what it knows of each, and how it asks them in the gateway's own name. */
import type { Logger } from 'pino';
import { type Config, type UpstreamConfig, upstreamsOf } from '../config/config.ts';
import { KubeError } from '../errors.ts';
import { type AccessChecker, type AccessReviewSpec, type AccessReviewStatus, createAccessChecker } from '../identity/check-access.ts';
import type { TokenReviewer } from '../identity/identify.ts';
import { createTokenReviewer, type TokenReviewStatus } from '../identity/review-token.ts';
import { tenantIdOfToken } from '../identity/tenant-of-token.ts';
import { type CacheMetrics, counted, NO_CACHE_METRICS } from '../telemetry/cache-metrics.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SharedNames } from '../translate/context.ts';
import { createSharedResources } from '../translate/shared-resources.ts';
import { connectUpstream } from '../upstream/connect-upstream.ts';
import { CredentialSource } from '../upstream/credentials.ts';
import { latestRevision } from '../upstream/latest-revision.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import type { TenantUpstream } from './decide.ts';
import { readObject } from './read-applied-over.ts';
import { SharedClasses } from './shared-classes.ts';

export interface GatewayUpstream extends TenantUpstream {
  readonly name: string;
  readonly client: UpstreamClient;
  readonly checkAccess: AccessChecker;
  readonly reviewToken: TokenReviewer;
  readonly shared: SharedNames;
  readonly sharedClasses: SharedClasses;
  readonly isReady: () => boolean;
  close(): void;
}

export class Upstreams {
  readonly all: readonly GatewayUpstream[];
  readonly #byName: ReadonlyMap<string, GatewayUpstream>;
  readonly #first: GatewayUpstream;

  /** Begins to read what each shares with tenants, and goes on until `close`. */
  constructor(config: Config, log: Logger, caches: CacheMetrics = NO_CACHE_METRICS) {
    this.all = upstreamsOf(config).map((upstream, index) => openUpstream(upstream, index > 0, config, log, caches));
    this.#first = this.all[0]!;
    this.#byName = new Map(this.all.map((upstream) => [upstream.name, upstream]));
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  /** The cluster that the tenant lives in. @throws KubeError when the configuration has lost it */
  of(tenant: Tenant): GatewayUpstream {
    const upstream = this.named(tenant.spec?.upstream);
    if (!upstream) throw new KubeError('ServiceUnavailable', 'the cluster is currently not reachable', { retryAfterSeconds: 10 });
    return upstream;
  }

  /** @param name undefined: the first */
  named(name: string | undefined): GatewayUpstream | undefined {
    return name === undefined ? this.#first : this.#byName.get(name);
  }

  /**
   * A token is reviewed where the tenant lives that it says it is of: each cluster signs with a key of its own, and a word of
   * another cluster's about this tenant counts for nothing.
   */
  reviewer(tenantOf: (tenantId: string) => Tenant | undefined): TokenReviewer {
    return async (token) => {
      const tenantId = tenantIdOfToken(token);
      const tenant = tenantId === undefined ? undefined : tenantOf(tenantId);
      if (!tenant) return undefined;
      const identity = await this.of(tenant).reviewToken(token);
      return identity?.tenantId === tenantId ? identity : undefined;
    };
  }

  /** What is not known yet, for `/readyz`; undefined: nothing. */
  notReady(): string | undefined {
    const waiting = this.all.find((upstream) => !upstream.isReady());
    return waiting && `classes: upstream ${waiting.name} has not said yet which are shared\n`;
  }

  close(): void {
    for (const upstream of this.all) upstream.close();
  }
}

function openUpstream(
  { name, gatewayKubeconfig }: UpstreamConfig,
  isOther: boolean,
  config: Config,
  log: Logger,
  { access_reviews, token_reviews }: CacheMetrics,
): GatewayUpstream {
  const onTrouble = (error: unknown) =>
    log.warn({ err: error, upstream: name }, 'a changed kubeconfig cannot be used, going on with the former');
  const client = connectUpstream(gatewayKubeconfig, onTrouble);
  // Of the requests that Envoy sends.
  const credentials = new CredentialSource(gatewayKubeconfig);
  const sharedClasses = new SharedClasses(client, (error) => log.warn({ err: error }, 'shared classes cannot be read, trying again'));
  const sharedResources = createSharedResources(config.sharedResources);
  const shared: SharedNames = {
    ...sharedResources,
    isSharedObject: (...object) => sharedResources.isSharedObject(...object) || sharedClasses.isSharedObject(...object),
    sharedObjects: (...kind) => [...(sharedResources.sharedObjects?.(...kind) ?? []), ...sharedClasses.sharedObjects(...kind)],
  };
  return {
    name,
    routeName: isOther ? name : undefined,
    client,
    shared,
    sharedClasses,
    isReady: () => sharedClasses.isReady,
    latestRevision: (path) => latestRevision(client, path),
    readObject: (...object) => readObject(client, ...object),
    bearerToken: () => credentials.token(),
    checkAccess: counted(
      access_reviews.onLookup,
      createAccessChecker(
        counted(access_reviews.onMiss, (spec: AccessReviewSpec) => reviewAccess(client, spec)),
        { shared },
      ),
    ),
    reviewToken: counted(
      token_reviews.onLookup,
      createTokenReviewer(counted(token_reviews.onMiss, (token: string) => reviewToken(client, token))),
    ),
    close() {
      sharedClasses.close();
      client.close();
    },
  };
}

async function reviewToken(upstream: UpstreamClient, token: string): Promise<TokenReviewStatus> {
  const review = await upstream.create<{ metadata: { name: string }; status?: TokenReviewStatus }>(
    '/apis/authentication.k8s.io/v1/tokenreviews',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    },
  );
  return review.status ?? {};
}

async function reviewAccess(upstream: UpstreamClient, spec: AccessReviewSpec): Promise<AccessReviewStatus> {
  const review = await upstream.create<{ metadata: { name: string }; status?: AccessReviewStatus }>(
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
  );
  return review.status ?? {};
}
