/** References to cluster-scoped objects of which the platform may share some: classes, and the drivers behind them. */
import type { TranslateContext } from '../context.ts';
import type { StringRule } from '../engine/plan.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import { findKind } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';

/** By the table's rule for such a reference: the group and kind of what it names. */
const CLASS_KINDS = {
  storageClass: { group: 'storage.k8s.io', kind: 'StorageClass' },
  volumeAttributesClass: { group: 'storage.k8s.io', kind: 'VolumeAttributesClass' },
  csiDriver: { group: 'storage.k8s.io', kind: 'CSIDriver' },
  ingressClass: { group: 'networking.k8s.io', kind: 'IngressClass' },
  priorityClass: { group: 'scheduling.k8s.io', kind: 'PriorityClass' },
  runtimeClass: { group: 'node.k8s.io', kind: 'RuntimeClass' },
  deviceClass: { group: 'resource.k8s.io', kind: 'DeviceClass' },
} as const;

export type ClassRule = keyof typeof CLASS_KINDS;

export function isClassRule(rule: string): rule is ClassRule {
  return Object.hasOwn(CLASS_KINDS, rule);
}

export function classRow(rule: ClassRule): ResourceRow {
  const { group, kind } = CLASS_KINDS[rule];
  return findKind(group, kind)!;
}

export function classToUpstream(rule: ClassRule): StringRule {
  return (tenantName, context: TranslateContext) => toUpstreamObjectName(classRow(rule), tenantName, context);
}

export function classToTenant(rule: ClassRule): StringRule {
  return (upstreamName, context: TranslateContext) => toTenantObjectName(classRow(rule), upstreamName, context);
}

/** The one provisioner that provisions nothing: volumes of such a class are made by hand. */
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** A provisioner is called as its CSIDriver is. */
export const provisionerToUpstream: StringRule = (provisioner, context: TranslateContext) =>
  provisioner === NO_PROVISIONER ? provisioner : toUpstreamObjectName(classRow('csiDriver'), provisioner, context);

/** Where a driver looks for its secrets; `${pvc.namespace}` and its kin are filled in upstream, with upstream's names. */
export const secretNamespaceToUpstream: StringRule = (namespace, { prefix }) =>
  namespace === '' || namespace.startsWith('${') ? namespace : prefix + namespace;
