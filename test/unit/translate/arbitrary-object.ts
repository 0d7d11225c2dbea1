/** Objects as tenants write them, made from the table's own paths: whatever the table says can stand somewhere, stands there. */
import fc from 'fast-check';
import { parsePath } from '../../../src/translate/plans/fields-to-plan.ts';
import { hasPrefixedNames } from '../../../src/translate/table/index.ts';
import type { FieldRule, Fields, ResourceRow } from '../../../src/translate/table/row.ts';
import { LAST_APPLIED, PREFIX } from './both-ways.ts';

/** Begins every name that has to be prefixed upstream, every identity that has to be the gateway's there. */
export const NAME_MARK = 'qname';
export const IDENTITY_MARK = 'quser';

/** Without the letter that the marks begin with. */
const tail = fc.stringMatching(/^[a-p0-9]{1,6}$/);

interface Names {
  /** Of something that is prefixed upstream. */
  readonly prefixed: fc.Arbitrary<string>;
  /** Of something that keeps its name. */
  readonly plain: fc.Arbitrary<string>;
  readonly identity: fc.Arbitrary<string>;
}

/** Names that can be told apart from everything else. */
export const MARKED_NAMES: Names = {
  prefixed: tail.map((end) => NAME_MARK + end),
  plain: tail.map((end) => `plain-${end}`),
  identity: tail.map((end) => IDENTITY_MARK + end),
};

/** Names that look like what they are not: prefixed already, or a gateway's identity. */
export const HOSTILE_NAMES: Names = {
  prefixed: fc.oneof(
    tail,
    tail.map((end) => PREFIX + end),
    tail.map((end) => PREFIX + PREFIX + end),
  ),
  plain: fc.oneof(
    tail,
    tail.map((end) => PREFIX + end),
  ),
  identity: fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    tail.map((end) => `kubezoo:demo01:${end}`),
    tail.map((end) => `system:serviceaccount:${PREFIX}${end}:x`),
    fc.constantFrom('system:masters', 'system:authenticated', '"', '\\'),
  ),
};

const anyPlace = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const optional = <T>(members: Record<string, fc.Arbitrary<T>>, requiredKeys: readonly string[] = []) =>
  fc.record(members as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [...requiredKeys] });

function selector(names: Names, key: fc.Arbitrary<string>, nameLabel: string | undefined) {
  const labels = fc.dictionary(key, fc.constantFrom('a', 'b', ''), { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  const expression = optional(
    { key, operator: anyPlace('In', 'NotIn'), values: fc.array(anyPlace('a', 'b'), { minLength: 1, maxLength: 2 }) } as never,
    ['key', 'operator'],
  );
  if (nameLabel === undefined)
    return optional({ matchLabels: labels, matchExpressions: fc.array(expression, { minLength: 1, maxLength: 2 }) } as never);
  const named = names.prefixed.map((value) => ({ [nameLabel]: value }));
  const byName = fc.record({
    key: fc.constant(nameLabel),
    operator: anyPlace('In', 'NotIn'),
    values: fc.array(names.prefixed, { minLength: 1, maxLength: 2 }),
  });
  return optional({
    matchLabels: fc.oneof(labels, named),
    matchExpressions: fc.array(fc.oneof(expression, byName), { minLength: 1, maxLength: 2 }),
  } as never);
}

/** @param isLocal whether a ServiceAccount may be one of the object's own namespace */
function subject(names: Names, isLocal: boolean): fc.Arbitrary<unknown> {
  const account = fc.stringMatching(/^[a-z]([a-z0-9-]{0,4}[a-z0-9])?$/);
  const requiredKeys = isLocal ? (['kind', 'name'] as const) : (['kind', 'name', 'namespace'] as const);
  return fc.oneof(
    fc.record({ kind: fc.constant('ServiceAccount'), name: account, namespace: tail }, { requiredKeys: [...requiredKeys] }),
    fc.record(
      { kind: anyPlace('User', 'Group'), name: names.identity, apiGroup: fc.constant('rbac.authorization.k8s.io') },
      { requiredKeys: ['kind', 'name'] },
    ),
    fc.record({ name: names.identity }),
  );
}

const tuples = (...pairs: readonly (readonly [kind: string, apiVersion: string])[]) => fc.constantFrom(...pairs);

const clusterKind = tuples(['Namespace', 'v1'], ['PersistentVolume', 'v1'], ['ClusterRole', 'rbac.authorization.k8s.io/v1']);
const otherKind = tuples(['Pod', 'v1'], ['Deployment', 'apps/v1'], ['Widget', 'example.com/v1']);

function ownerReference(names: Names): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.tuple(clusterKind, names.prefixed).map(([[kind, apiVersion], name]) => ({ apiVersion, kind, name, uid: 'u', controller: true })),
    fc.tuple(otherKind, names.plain).map(([[kind, apiVersion], name]) => ({ apiVersion, kind, name })),
  );
}

function arbitraryValue(rule: FieldRule, names: Names, isNamespaced = true): fc.Arbitrary<unknown> | undefined {
  const metadataLabels = fc.dictionary(anyPlace('app', 'a.b/c'), anyPlace('x', 'y'), { noNullPrototype: true });
  switch (rule) {
    case 'namespace':
    case 'clusterName':
      return names.prefixed;
    case 'volumeName':
      return fc.oneof(
        names.prefixed,
        fc.uuid().map((uid) => `pvc-${uid}`),
      );
    case 'user':
      return names.identity;
    case 'groups':
      return fc.uniqueArray(names.identity, { maxLength: 3 });
    case 'text':
    case 'reviewReason':
    // Of these what a tenant writes stays: only upstream's own is translated.
    case 'secretUid':
    case 'tokenAccount':
    case 'tokenNamespace':
      return undefined;
    case 'namespaceSelector':
      return selector(names, anyPlace('app', 'a.b/c'), 'kubernetes.io/metadata.name');
    case 'clusterRoleSelector':
      return selector(names, anyPlace('app', 'rbac.authorization.k8s.io/aggregate-to-admin'), undefined);
    case 'objectReference':
    case 'eventReference':
      return fc.oneof(
        fc.tuple(clusterKind, names.prefixed).map(([[kind, apiVersion], name]) => ({ kind, name, apiVersion })),
        fc.tuple(otherKind, names.prefixed, names.plain).map(([[kind], namespace, name]) => ({ kind, namespace, name, uid: 'u' })),
        fc.constant({ kind: 'Node', name: 'plain-node' }),
      );
    case 'templateMetadata':
      return optional({ labels: metadataLabels, annotations: metadataLabels } as never);
    case 'roleRef':
      return fc.oneof(
        fc.record({ apiGroup: fc.constant('rbac.authorization.k8s.io'), kind: fc.constant('ClusterRole'), name: names.prefixed }),
        fc.record({ apiGroup: fc.constant('rbac.authorization.k8s.io'), kind: fc.constant('Role'), name: names.plain }),
      );
    case 'subject':
      return subject(names, isNamespaced);
    case 'policyRule':
      return fc.oneof(
        fc.record({
          apiGroups: fc.constant(['']),
          resources: fc.subarray(['namespaces', 'persistentvolumes', 'namespaces/status'], { minLength: 1 }),
          resourceNames: fc.array(names.prefixed),
          verbs: fc.constant(['get']),
        }),
        fc.record({
          apiGroups: anyPlace([''], ['*'], ['apps', '']),
          resources: fc.subarray(['pods', 'namespaces', '*', 'secrets', 'widgets'], { minLength: 1 }),
          resourceNames: fc.array(names.plain.map((name) => `p${name}`)),
        }),
        fc.constant({ nonResourceURLs: ['/healthz'], verbs: ['get'] }),
      );
    case 'resourceAttributes':
      return fc.oneof(
        fc.record(
          { namespace: names.prefixed, verb: fc.constant('get'), resource: fc.constant('pods'), name: names.plain },
          { requiredKeys: ['verb'] },
        ),
        fc.record({ resource: anyPlace('namespaces', 'persistentvolumes'), name: names.prefixed }),
      );
    case 'apiGroup':
    case 'definedGroup':
      return names.prefixed.map((name) => `${name}.io`);
    case 'apiVersion':
      return names.prefixed.map((name) => `${name}.io/v1`);
    case 'metricsAnnotation':
      return names.prefixed.map((name) => `[{"type":"Object","object":{"target":{"kind":"W","apiVersion":"${name}.io/v1"}}}]`);
    case 'classParameters':
      return names.prefixed.map((name) => ({ apiGroup: `${name}.io`, kind: 'Parameters', name: 'plain-x', namespace: name }));
    case 'clusterDefault':
      return fc.constant('false');
    case 'matchRule':
      return fc.oneof(
        fc.record({ apiGroups: fc.constant(['']), resources: fc.constant(['namespaces']), resourceNames: fc.array(names.prefixed) }),
        fc.record({
          apiGroups: fc.constant(['apps', '']),
          resources: fc.constant(['pods']),
          resourceNames: fc.array(names.plain.map((name) => `p${name}`)),
          scope: fc.constant('Namespaced'),
        }),
        fc.record({
          apiGroups: names.prefixed.map((name) => [`${name}.io`]),
          resources: fc.constant(['widgets']),
          scope: fc.constant('*'),
        }),
      );
    case 'paramKind':
      return fc.oneof(
        fc.constant({ apiVersion: 'v1', kind: 'ConfigMap' }),
        names.prefixed.map((name) => ({ apiVersion: `${name}.io/v1`, kind: 'Limit' })),
      );
    case 'cel':
      return anyPlace('object.spec.replicas < 3', 'has(request.namespace) && request.namespace == "a" && "b" in request.userInfo.groups');
    case 'matchConditions':
      return undefined;
    case 'clientConfig':
      return fc.record({
        service: fc.record({
          namespace: names.plain.map((name) => name.replace(/[^a-z0-9]/g, '') || 'web'),
          name: fc.constant('hook'),
          path: anyPlace('/x', '/a/b?c'),
          port: anyPlace(443, 8443),
        }),
        caBundle: anyPlace('', 'Q0E='),
      });
    case 'storageClass':
    case 'volumeAttributesClass':
    case 'csiDriver':
    case 'ingressClass':
    case 'priorityClass':
    case 'runtimeClass':
    case 'deviceClass':
    case 'signer':
      return names.prefixed;
    case 'requestedSigner':
      return fc.oneof(names.prefixed, fc.constant('kubezoo.io/tenant-client'));
    case 'trustedSigner':
      return fc.oneof(names.prefixed, fc.constant('kubernetes.io/kube-apiserver-serving'));
    case 'provisioner':
      return fc.oneof(names.prefixed, fc.constant('kubernetes.io/no-provisioner'));
    case 'secretNamespace':
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the drivers' own notation
      return fc.oneof(names.prefixed, fc.constant('${pvc.namespace}'));
    case 'resourceName':
      return names.prefixed.map((name) => `deviceclass.resource.kubernetes.io/${name}`);
    case 'resourceKeys':
      return counts(
        fc.constantFrom('cpu', 'example.com/gpu'),
        names.prefixed.map((name) => `deviceclass.resource.kubernetes.io/${name}`),
      );
    case 'quotaKeys':
      return counts(
        fc.constantFrom('cpu', 'count/pods', 'count/deployments.apps', 'requests.storage'),
        names.prefixed.map((name) => `requests.deviceclass.resource.kubernetes.io/${name}`),
        names.prefixed.map((name) => `${name}.deviceclass.resource.k8s.io/devices`),
        names.prefixed.map((name) => `${name}.storageclass.storage.k8s.io/requests.storage`),
        names.prefixed.map((name) => `count/widgets.${name}.io`),
      );
    case 'quotaScope':
      return fc.oneof(
        fc.record({
          scopeName: anyPlace('PriorityClass', 'VolumeAttributesClass'),
          operator: anyPlace('In'),
          values: fc.array(names.prefixed),
        }),
        fc.constant({ scopeName: 'BestEffort', operator: 'Exists' }),
      );
    case 'inertSelectors':
      return fc.array(
        anyPlace('false', 'true', 'device.driver == "a"').map((expression) => ({ cel: { expression } })),
        { minLength: 1, maxLength: 3 },
      );
    case 'migratedResource':
      return fc.record({ group: fc.oneof(names.prefixed, anyPlace('')), resource: anyPlace('widgets') });
  }
}

function counts(...keys: readonly fc.Arbitrary<string>[]): fc.Arbitrary<unknown> {
  return fc.dictionary(fc.oneof(...keys), anyPlace('1', '2Gi'), { minKeys: 1, maxKeys: 3, noNullPrototype: true });
}

type Place = readonly [path: string, rule: FieldRule];

function placesOf(fields: Fields, under = ''): Place[] {
  return Object.entries(fields).flatMap(([path, inner]): Place[] => {
    const whole = under === '' ? path : `${under}.${path}`;
    return typeof inner === 'string' ? [[whole, inner]] : placesOf(inner, whole);
  });
}

/** Puts a value where a path leads; arrays get one element. */
function put(target: Record<string, unknown>, path: string, value: unknown): void {
  const steps = parsePath(path);
  let holder: unknown = target;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    const inner = next === undefined ? value : next === 'items' ? [] : {};
    if (Array.isArray(holder)) {
      if (holder.length === 0 || next === undefined) holder.push(inner);
      holder = holder[0];
    } else {
      const key = typeof step === 'object' ? step.field : 'any';
      const object = holder as Record<string, unknown>;
      object[key] ??= inner;
      if (next === undefined) object[key] = value;
      holder = object[key];
    }
  }
}

/** A whole object of the row's kind. `kind` and `apiVersion` are last, as no upstream would print them: clients do. */
export function arbitraryObject(row: ResourceRow, names: Names): fc.Arbitrary<Record<string, unknown>> {
  const places = placesOf(row.fields).flatMap(([path, rule]) => {
    const value = arbitraryValue(rule, names, row.scope === 'Namespaced');
    if (!value) return [];
    // What the platform forces stands beside them: a policy that has none reads back with an empty one. Of a DeviceClass's selectors
    // upstream always has one, so what has none comes back with an empty `spec`, as upstream itself would have it.
    const isAlways =
      rule === 'inertSelectors' ||
      (row.admission && /^(spec|webhooks\[\])\.(matchConstraints\.namespaceSelector|namespaceSelector|matchConditions\[\])/.test(path));
    return [(isAlways ? value : fc.option(value, { nil: undefined, freq: 3 })).map((chosen) => [path, chosen] as const)];
  });
  const apiVersion = row.group ? `${row.group}/${row.versions[0]}` : row.versions[0];
  const ownName = row.nameFormat === 'definition' ? names.prefixed.map((group) => `things.${group}.io`) : names.prefixed;
  const name = hasPrefixedNames(row) ? ownName : names.plain;
  const metadata = fc.record({
    ...(!row.nameless && { name }),
    ...(row.scope === 'Namespaced' && { namespace: names.prefixed }),
    annotations: fc.constant({ note: 'plain text, 9007199254740993' }),
    ownerReferences: fc.array(ownerReference(names), { maxLength: 2 }),
    labels: row.resource === 'namespaces' ? name.map((own) => ({ 'kubernetes.io/metadata.name': own })) : fc.constant({ app: 'x' }),
  });
  const bare = fc.tuple(metadata, fc.tuple(...places)).map(([meta, values]) => {
    const object: Record<string, unknown> = { metadata: structuredClone(meta), data: { 'a.b': 'x' }, kind: row.kind, apiVersion };
    for (const [path, value] of values) if (value !== undefined) put(object, path, structuredClone(value));
    return object;
  });
  return fc.tuple(bare, bare, fc.boolean()).map(([object, applied, isApplied]) => {
    if (isApplied) put(object, `metadata.annotations["${LAST_APPLIED}"]`, `${JSON.stringify(applied)}\n`);
    return object;
  });
}
