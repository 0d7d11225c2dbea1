import type { ObjectMeta, Tenant } from '../../../src/tenants/tenant.ts';

/** A tenant that is ready, with a uid made of its name, unless said otherwise. */
export function sampleTenant(
  name: string,
  { metadata, spec, status }: { metadata?: Partial<ObjectMeta>; spec?: Tenant['spec']; status?: object } = {},
): Tenant {
  return {
    apiVersion: 'tenant.kubezoo.io/v1alpha1',
    kind: 'Tenant',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      creationTimestamp: '2026-11-01T00:00:00Z',
      generation: 1,
      resourceVersion: '10',
      finalizers: ['kubezoo.io/tenant'],
      ...metadata,
    },
    spec: spec ?? {},
    status: { phase: 'Ready', observedGeneration: 1, ...status } as NonNullable<Tenant['status']>,
  };
}
