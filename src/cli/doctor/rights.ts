/** Questions to upstream about what the one who asks may do. */
import type { PlatformRule } from '../../upstream/platform-rules.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1';

export type Attributes =
  | { readonly group: string; readonly resource: string; readonly name?: string; readonly verb: string }
  | { readonly path: string; readonly verb: string };

/** A rule, as RBAC has it and as SelfSubjectRulesReview tells it. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface AccessReview extends KubeObject {
  readonly status?: { readonly allowed?: boolean };
}

interface RulesReview extends KubeObject {
  readonly status?: {
    readonly resourceRules?: readonly Rule[];
    readonly nonResourceRules?: readonly Rule[];
    readonly incomplete?: boolean;
  };
}

/** Those of the rights that the client's identity does not have. Throws UpstreamError. */
export async function deniedOf(client: UpstreamClient, rights: readonly Attributes[]): Promise<Attributes[]> {
  const answers = await Promise.all(
    rights.map(async (right) => {
      const spec = 'path' in right ? { nonResourceAttributes: right } : { resourceAttributes: right };
      const review = await client.create<AccessReview>(`${REVIEWS}/selfsubjectaccessreviews`, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec,
      });
      return review.status?.allowed === true;
    }),
  );
  return rights.filter((_, index) => !answers[index]);
}

/** The questions to ask about a rule: one for each right in it. Pure. */
export function attributesOf({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs = [] }: PlatformRule): Attributes[] {
  const names = resourceNames?.map((name) => ({ name })) ?? [{}];
  return verbs.flatMap((verb) => [
    ...nonResourceURLs.map((path) => ({ path, verb })),
    ...apiGroups.flatMap((group) => resources.flatMap((resource) => names.map((named) => ({ group, resource, ...named, verb })))),
  ]);
}

/** All rules of the client's identity: in the whole cluster, and in the namespace `default`. Throws UpstreamError. */
export async function readRules(client: UpstreamClient): Promise<{ rules: Rule[]; incomplete: boolean }> {
  const { status } = await client.create<RulesReview>(`${REVIEWS}/selfsubjectrulesreviews`, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: 'default' },
  });
  return { rules: [...(status?.resourceRules ?? []), ...(status?.nonResourceRules ?? [])], incomplete: status?.incomplete === true };
}

/** What Kubernetes lets everybody do (system:basic-user, system:discovery, system:public-info-viewer). */
const EVERYBODY: readonly Rule[] = [
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] },
  {
    verbs: ['get'],
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/readyz',
      '/openapi',
      '/openapi/*',
      '/version',
      '/version/',
    ],
  },
  // And every ServiceAccount: system:service-account-issuer-discovery, system:cluster-trust-bundle-discovery.
  {
    verbs: ['get'],
    nonResourceURLs: ['/.well-known/openid-configuration', '/openid/v1/jwks'].flatMap((path) => [path, `${path}/`]),
  },
  { verbs: ['get', 'list', 'watch'], apiGroups: ['certificates.k8s.io'], resources: ['clustertrustbundles'] },
];

/** What the rules grant beyond `needed` and what everybody has, in words. Pure. */
export function excessOf(rules: readonly Rule[], needed: readonly Rule[]): string[] {
  const granted = [...needed, ...EVERYBODY];
  const excess = rules.filter((rule) => !granted.some((wider) => isWithin(rule, wider)));
  return [...new Set(excess.map(describeRule))];
}

function isWithin(rule: Rule, wider: Rule): boolean {
  return (['verbs', 'apiGroups', 'resources', 'nonResourceURLs'] as const).every((part) => {
    const [inner = [], outer = []] = [rule[part], wider[part]];
    return outer.includes('*') || inner.every((one) => outer.includes(one));
  });
}

function describeRule({ verbs, apiGroups = [], resources = [], nonResourceURLs }: Rule): string {
  if (nonResourceURLs) return `${verbs.join('/')} ${nonResourceURLs.join(', ')}`;
  return `${verbs.join('/')} ${resources.map((resource) => describeResource(apiGroups[0] ?? '', resource)).join(', ')}`;
}

export function describeRight(right: Attributes): string {
  return 'path' in right ? `${right.verb} ${right.path}` : `${right.verb} ${describeResource(right.group, right.resource)}`;
}

function describeResource(group: string, resource: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}
