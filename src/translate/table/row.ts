/** The policy table's rows: what is served to tenants, and what stands where in it. Data, readable by a Kubernetes user. */
import type { NameFormat } from '../../names/length.ts';
import type { ClassRule } from '../rules/class-name.ts';

/** What stands at a place of an object. Both directions follow from it. */
export type FieldRule =
  /** Name of a namespace. */
  | 'namespace'
  /** Name of a cluster-scoped object of a kind that tenants own. */
  | 'clusterName'
  /** Name of a PersistentVolume: the tenant's own, or a dynamically provisioned one (`pvc-<uid>`), which keeps its name. */
  | 'volumeName'
  /** A user, a list of groups: `kubezoo:<id>:…` upstream. */
  | 'user'
  | 'groups'
  /** Free text written by upstream that may name upstream names: translated in answers only, and only where a name stands. */
  | 'text'
  /** Why a review says what it says: as `text`, and nothing of the platform's own grants. */
  | 'reviewReason'
  /** Label selector over namespaces, or over ClusterRoles: confined to the tenant's own. */
  | 'namespaceSelector'
  | 'clusterRoleSelector'
  /** ObjectReference: whose name and namespace depend on the kind it names. */
  | 'objectReference'
  /** What an Event is about: an ObjectReference that must agree with the Event's own namespace. */
  | 'eventReference'
  /** Metadata of a template: labels and annotations, no object of its own. */
  | 'templateMetadata'
  /** RBAC: roleRef, a subject, a rule. */
  | 'roleRef'
  | 'subject'
  | 'policyRule'
  /** authorization.k8s.io: resourceAttributes of a review. */
  | 'resourceAttributes'
  /** API group, or `group/version`: a tenant's own groups are prefixed. */
  | 'apiGroup'
  | 'apiVersion'
  /** autoscaling/v1: v2's metrics as JSON in an annotation. */
  | 'metricsAnnotation'
  /** The group of a CRD: as `apiGroup`, and none that is Kubernetes' or the platform's. */
  | 'definedGroup'
  /** networking.k8s.io IngressClassParametersReference. */
  | 'classParameters'
  /** admissionregistration.k8s.io: a rule, the kind of a policy's parameters, an expression, the list of match conditions. */
  | 'matchRule'
  | 'paramKind'
  | 'cel'
  | 'matchConditions'
  /** WebhookClientConfig: a service of the tenant's, which upstream reaches through the admission bridge. */
  | 'clientConfig'
  /** The annotation that would make a class the whole cluster's default: must not be "true". */
  | 'clusterDefault'
  /** Name of a class, or of the driver behind one: the tenant's own, or one that the platform shares, which keeps its name. */
  | ClassRule
  /** StorageClass.provisioner: as `csiDriver`, and the one that provisions nothing keeps its name. */
  | 'provisioner'
  /** Namespace of the secrets that a driver is to use: a template (`${pvc.namespace}`) stays. */
  | 'secretNamespace'
  /**
   * A signer of certificates: the tenant's own. `requestedSigner`: or the platform's of tenants' client certificates. `trustedSigner`: whose trust
   * anchors a pod mounts, Kubernetes' own among them.
   */
  | 'signer'
  | 'requestedSigner'
  | 'trustedSigner'
  /** Keys that name what is counted: of a container's requests and limits; of a quota's hard and used. */
  | 'resourceKeys'
  | 'quotaKeys'
  /** The same name where it is a value. */
  | 'resourceName'
  /** A requirement of a quota's scopeSelector: its values may be names of classes. */
  | 'quotaScope'
  /** Selectors of a DeviceClass: upstream's match nothing. */
  | 'inertSelectors'
  /** GroupResource of a StorageVersionMigration: custom resources of the tenant's own. */
  | 'migratedResource'
  /** Of a Secret that holds a ServiceAccount's token: where it begins, whose it is, and the namespace in it. */
  | 'secretUid'
  | 'tokenAccount'
  | 'tokenNamespace';

/**
 * Fields by path: `spec.template.spec`, `items[].name`, `labels{}` (every value of a map), `annotations["a.b/c"]`.
 * A value is a rule or an embedded type.
 */
export interface Fields {
  readonly [path: string]: FieldRule | Fields;
}

export type Scope = 'Namespaced' | 'Cluster';

/**
 * - `served`: translated and forwarded.
 * - `shared`: cluster-scoped, read-only, under upstream's own names.
 * - `hidden`: an empty list, NotFound by name.
 * - `refused`: Forbidden, with the reason.
 */
export type Policy = 'served' | 'shared' | 'hidden' | 'refused';

export interface SubresourceRow {
  readonly policy: Policy;
  readonly reason?: string;
  /** `object`: the parent's own kind (status). `stream`: logs, exec, proxy: bytes are passed as they are. Else the fields of another kind. */
  readonly body: 'object' | 'stream' | Fields;
  /** The kind that is sent and answered, where it is not the parent's. */
  readonly kind?: string;
}

/** What a cell of a kind's Table holds, where it can hold an upstream name. */
export type CellRule =
  /** Begins with a cluster-scoped name or a namespace: `name`, `name (default)`, `namespace/name`. */
  | 'name'
  /** The name of a CRD. */
  | 'definition'
  /** Name of a class or a driver; of the kind's own objects, `name (default)`. */
  | ClassRule
  | 'text'
  /** `Kind/name` of a role, `kind/name` of an Event's object. */
  | 'kindAndName'
  /** One user, as it is. */
  | 'user'
  /** Lists of subjects; ServiceAccounts move from the users (as upstream has them) to the last. */
  | 'users'
  | 'groups'
  | 'serviceAccounts';

export interface AdmissionRow {
  /** Where matching is configured: in `spec` (a policy), in each of `webhooks`. */
  readonly holder: 'spec' | 'webhooks';
  readonly acts: 'validating' | 'mutating';
}

export interface ResourceRow {
  /** '' for core. */
  readonly group: string;
  /** Served versions; a version that is not listed is not served. */
  readonly versions: readonly string[];
  /** Plural, as in the path. */
  readonly resource: string;
  readonly kind: string;
  readonly scope: Scope;
  readonly policy: Policy;
  /** Shown to the tenant where the policy is `refused`. */
  readonly reason?: string;
  /** What `metadata` does not have in all kinds alike goes under `metadata.…`. */
  readonly fields: Fields;
  readonly subresources: Readonly<Record<string, SubresourceRow>>;
  /** Of cluster-scoped kinds: how names are checked. `subdomain` unless it says so. */
  readonly nameFormat?: NameFormat;
  /** A review: it is asked and answered, never kept, and has no name. */
  readonly nameless?: true;
  /** Every object carries the tenant's label upstream, whatever the tenant writes: so a collection can be told from the others'. */
  readonly labelled?: true;
  /**
   * Custom resources, of whatever group and kind: `own` ones stand in a group of the tenant's, which is prefixed; `shared` ones
   * are of a CRD of the platform's. Nothing else is known of them, also not whether a tenant's own stand in namespaces.
   */
  readonly custom?: 'own' | 'shared';
  /** Served by an API server of its own (KEP-263): made at each request, kept nowhere, without revisions and watches. */
  readonly isAggregated?: true;
  /** A tenant's admission policies and webhooks: see translate/admission/. */
  readonly admission?: AdmissionRow;
  /** The platform may share some of its own objects with all tenants: they are read-only, under their own names. */
  readonly shareable?: true;
  /** Cells of the kind's Table by position. The name of a cluster-scoped object needs no entry. */
  readonly cells?: Readonly<Record<number, CellRule>>;
}
