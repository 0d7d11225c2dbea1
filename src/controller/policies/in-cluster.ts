/**
 * Pods of tenants find the gateway where others find the apiserver. client-go, and all that does as it does, reads
 * `KUBERNETES_SERVICE_HOST` and `_PORT`, and `ca.crt`, `namespace` and `token` of the volume that upstream's ServiceAccount admission adds.
 * That runs before policies do (kube-apiserver's order of plugins), so its volume is here to be changed. Only pods are: what a
 * tenant wrote into a template stays as it was.
 */
import { ROOT_CA_CONFIG_MAP } from '../steps/ensure-root-ca.ts';
import { type Expression, mutatingObjectPolicy, type PlatformObject, type ResourceRule } from './policy.ts';

/** Where pods reach the gateway: a name or address that its serving certificate is for, and a port. */
export interface InClusterAddress {
  readonly host: string;
  readonly port: number;
}

/** Holds the pod's namespace as its tenant calls it; the platform's, so tenants neither see nor write it. */
export const NAMESPACE_ANNOTATION = 'kubezoo.io/namespace';

const NAME = 'kubezoo-in-cluster';

/** Of all that inClusterPolicies makes: for taking it away. */
export const IN_CLUSTER_POLICY_NAMES: readonly string[] = [`${NAME}-pods`, `${NAME}-namespace`, `${NAME}-ephemeral`];

const ANNOTATION = JSON.stringify(NAMESPACE_ANNOTATION);
const NAMESPACE_FIELD = `metadata.annotations['${NAMESPACE_ANNOTATION}']`;
/** What ServiceAccount admission names: kube-controller-manager keeps it, with upstream's CA, and takes back what others write. */
const UPSTREAM_ROOT_CA = 'kube-root-ca.crt';

const IN_TENANT: Expression = { name: 'in-tenant', expression: 'has(request.namespace) && request.namespace.matches("^.{6}-.")' };
const OWN_NAMESPACE: Expression = { name: 'tenantNamespace', expression: 'request.namespace.substring(7)' };

const ANNOTATE = `[!has(object.metadata.annotations)
  ? JSONPatch{op: "add", path: "/metadata/annotations", value: {${ANNOTATION}: variables.tenantNamespace}}
  : JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey(${ANNOTATION}), value: variables.tenantNamespace}]`;

/** Two for pods as they are made and as they are changed, one for containers that are added later. `version`: of MutatingAdmissionPolicy. */
export function inClusterPolicies(version: string, { host, port }: InClusterAddress): PlatformObject[] {
  const values = { KUBERNETES_SERVICE_PORT_HTTPS: String(port), KUBERNETES_SERVICE_PORT: String(port), KUBERNETES_SERVICE_HOST: host };
  return [
    ...mutatingObjectPolicy({
      version,
      name: `${NAME}-pods`,
      rules: podRules('CREATE', 'pods'),
      conditions: [IN_TENANT],
      variables: [OWN_NAMESPACE],
      mutation: {
        jsonPatch: [ANNOTATE, ...environment('containers', values), ...environment('initContainers', values), ...volumes()].join(' + '),
      },
    }),
    // Who writes the whole of a pod leaves out what he does not see.
    ...mutatingObjectPolicy({
      version,
      name: `${NAME}-namespace`,
      rules: podRules('UPDATE', 'pods', 'pods/status', 'pods/ephemeralcontainers', 'pods/resize'),
      conditions: [
        IN_TENANT,
        { name: 'has-metadata', expression: 'object != null && has(object.metadata)' },
        {
          name: 'differs',
          expression: `!(has(object.metadata.annotations) && ${ANNOTATION} in object.metadata.annotations && object.metadata.annotations[${ANNOTATION}] == request.namespace.substring(7))`,
        },
      ],
      variables: [OWN_NAMESPACE],
      mutation: { jsonPatch: ANNOTATE },
    }),
    ...mutatingObjectPolicy({
      version,
      name: `${NAME}-ephemeral`,
      rules: podRules('UPDATE', 'pods/ephemeralcontainers'),
      conditions: [IN_TENANT],
      variables: [
        {
          // Those that are there already cannot be changed.
          name: 'present',
          expression: 'has(oldObject.spec.ephemeralContainers) ? oldObject.spec.ephemeralContainers.map(c, c.name) : []',
        },
      ],
      mutation: { jsonPatch: environment('ephemeralContainers', values, '!(c.name in variables.present)').join(' + ') },
    }),
  ];
}

function podRules(operation: 'CREATE' | 'UPDATE', ...resources: string[]): ResourceRule[] {
  return [{ apiGroups: [''], apiVersions: ['*'], resources, operations: [operation] }];
}

/** Puts each variable at the front, so that others may refer to it, in the containers that do not set it themselves. */
function environment(list: string, values: Readonly<Record<string, string>>, which = 'true'): string[] {
  const inEach = (condition: string, patch: string) =>
    `(has(object.spec.${list}) ? object.spec.${list}.transformList(i, c, ${which} && ${condition}, ${patch}) : [])`;
  return [
    inEach('!has(c.env)', `JSONPatch{op: "add", path: "/spec/${list}/" + string(i) + "/env", value: []}`),
    ...Object.entries(values).map(([name, value]) =>
      inEach(
        `!(has(c.env) && c.env.exists(e, e.name == ${JSON.stringify(name)}))`,
        `JSONPatch{op: "add", path: "/spec/${list}/" + string(i) + "/env/0", value: {"name": ${JSON.stringify(name)}, "value": ${JSON.stringify(value)}}}`,
      ),
    ),
  ];
}

/** In each volume of the form that ServiceAccount admission gives its own: a token beside the CA. */
function volumes(): string[] {
  const sources = 'v.projected.sources';
  const isLikeTokens = `has(v.projected) && has(${sources}) && ${sources}.exists(s, has(s.serviceAccountToken)) && ${sources}.exists(s, ${isRootCa('s')})`;
  const inEach = (condition: string, patch: string) =>
    `(has(object.spec.volumes) ? object.spec.volumes.transformList(i, v, ${isLikeTokens} && ${condition}, ${patch}) : [])`;
  const at = (which: string) => `"/spec/volumes/" + string(i) + "/projected/sources/" + string(${sources}.map(s, ${which}).indexOf(true))`;
  return [
    inEach(
      'true',
      `JSONPatch{op: "replace", path: ${at(isRootCa('s'))} + "/configMap/name", value: ${JSON.stringify(ROOT_CA_CONFIG_MAP)}}`,
    ),
    inEach(
      `${sources}.exists(s, ${isNamespace('s')})`,
      `JSONPatch{op: "replace", path: ${at(isNamespace('s'))} + "/downwardAPI/items/0/fieldRef/fieldPath", value: ${JSON.stringify(NAMESPACE_FIELD)}}`,
    ),
  ];
}

function isRootCa(source: string): string {
  return `has(${source}.configMap) && has(${source}.configMap.name) && ${source}.configMap.name == ${JSON.stringify(UPSTREAM_ROOT_CA)}`;
}

/** The one file of its source. */
function isNamespace(source: string): string {
  const items = `${source}.downwardAPI.items`;
  return `has(${source}.downwardAPI) && has(${items}) && ${items}.size() == 1 && has(${items}[0].fieldRef) && ${items}[0].fieldRef.fieldPath == "metadata.namespace"`;
}
