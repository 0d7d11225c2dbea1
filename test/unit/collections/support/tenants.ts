import type { SharedNames, TranslateContext } from '../../../../src/translate/context.ts';
import type { FakeObject } from './fake-kinds.ts';

/** As the sidecar makes it. */
export function contextOf(tenantId: string, shared?: SharedNames): TranslateContext {
  return { tenantId, prefix: `${tenantId}-`, foreign: 'cut', shared };
}

/** An object in a namespace of a tenant's; upstream's names. `web/a` of demo01 stands in `demo01-web`. */
export function inNamespace(tenantId: string, place: string, labels?: Record<string, string>): FakeObject {
  const [namespace, name = ''] = place.split('/');
  return { metadata: { name, namespace: `${tenantId}-${namespace}`, ...(labels && { labels }) } };
}

/** A cluster-scoped object of a tenant's, with the label that upstream puts on it. */
export function owned(tenantId: string, name: string, labels: Record<string, string> = {}): FakeObject {
  return { metadata: { name: `${tenantId}-${name}`, labels: { ...labels, 'kubezoo.io/tenant': tenantId } } };
}

/** A CRD of a tenant's: the prefix stands in its name's middle. */
export function definition(tenantId: string, plural: string, group: string): FakeObject {
  return { metadata: { name: `${plural}.${tenantId}-${group}`, labels: { 'kubezoo.io/tenant': tenantId } } };
}
