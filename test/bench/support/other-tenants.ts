import type { UpstreamTransport } from '../../../src/upstream/upstream-client.ts';
import { inParallel } from './in-parallel.ts';

export const OBJECTS_PER_TENANT = 100;
const WORKERS = 24;
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

/**
 * Names that stand for tenants: every other one sorts before any `b…` to `s…`, and every other one behind. Nothing but upstream
 * knows of them.
 */
export function otherTenantId(index: number): string {
  return `${index % 2 === 0 ? 'a' : 't'}${String(index).padStart(5, '0')}`;
}

export function configMapBody(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { app: 'bench' } },
    data: { settings: `name = ${name}\n${'listen = 0.0.0.0:8080\n'.repeat(8)}` },
  };
}

export function clusterRoleBody(name: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: { app: 'bench' } },
    rules: [
      { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch', 'update'] },
    ],
  };
}

/** Creates the object with this body; one that is there already will do. */
export async function createAt(client: UpstreamTransport, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status, body: answer } = await client.request({ method: 'POST', path, headers, body: JSON.stringify(body), timeoutMs: 60_000 });
  if (status !== 201 && status !== 409) throw new Error(`${path} (${status}): ${answer}`);
}

export interface Made {
  readonly objects: number;
  readonly seconds: number;
}

/** ConfigMaps of the tenants from the index `from` to below `to`, straight at upstream, in a namespace each. */
export async function makeConfigMaps(upstream: UpstreamTransport, from: number, to: number): Promise<Made> {
  const ids = tenantIds(from, to);
  const namespace = (id: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${id}-default` } });
  const begun = performance.now();
  await inParallel(ids, WORKERS, (id) => createAt(upstream, '/api/v1/namespaces', namespace(id)));
  await inParallel(eachObject(ids), WORKERS, ({ id, index }) =>
    createAt(upstream, `/api/v1/namespaces/${id}-default/configmaps`, configMapBody(`config-${index}`)),
  );
  return { objects: ids.length * OBJECTS_PER_TENANT, seconds: (performance.now() - begun) / 1000 };
}

/** The same of ClusterRoles. */
export async function makeClusterRoles(upstream: UpstreamTransport, from: number, to: number): Promise<Made> {
  const ids = tenantIds(from, to);
  const begun = performance.now();
  await inParallel(eachObject(ids), WORKERS, ({ id, index }) => createAt(upstream, CLUSTER_ROLES, clusterRoleBody(`${id}-role-${index}`)));
  return { objects: ids.length * OBJECTS_PER_TENANT, seconds: (performance.now() - begun) / 1000 };
}

function tenantIds(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, offset) => otherTenantId(from + offset));
}

function* eachObject(ids: readonly string[]): Generator<{ id: string; index: number }> {
  for (const id of ids) for (let index = 0; index < OBJECTS_PER_TENANT; index++) yield { id, index };
}
