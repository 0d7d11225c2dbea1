import type { Resource } from './observation.ts';
import type { Random } from './random.ts';
import { OWNER_ANNOTATION } from './tenants.ts';

/** Namespaces that stay, and those that come and go. */
export const LASTING_NAMESPACES = ['default', 'team-a', 'team-b'] as const;
const PASSING_NAMESPACES = ['extra-0', 'extra-1', 'extra-2'] as const;
const CONFIG_MAPS_IN_NAMESPACE = 25;
const CLUSTER_ROLES = 10;

export interface Write {
  readonly resource: Resource;
  readonly verb: 'create' | 'update' | 'patch' | 'delete';
  /** As in an observation. */
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
}

/** Chooses a tenant's next write. @param known keys that are believed to be there, by resource */
export function chooseWrite(random: Random, known: Readonly<Record<Resource, ReadonlySet<string>>>, owner: string): Write {
  const value = String(random.below(1_000_000));
  const chance = random.next();
  if (chance < 0.84) {
    const passing = PASSING_NAMESPACES.filter((namespace) => known.namespaces.has(namespace));
    const namespace = random.oneOf([...LASTING_NAMESPACES, ...passing]);
    const name = `cm-${random.below(CONFIG_MAPS_IN_NAMESPACE)}`;
    const place = {
      resource: 'configmaps',
      key: `${namespace}/${name}`,
      folder: `/api/v1/namespaces/${namespace}/configmaps`,
      name,
    } as const;
    return change(random, known, place, { apiVersion: 'v1', kind: 'ConfigMap', ...signed(name, owner), data: { value } }, value);
  }
  if (chance < 0.96) {
    const name = `role-${random.below(CLUSTER_ROLES)}`;
    const place = { resource: 'clusterroles', key: name, folder: '/apis/rbac.authorization.k8s.io/v1/clusterroles', name } as const;
    const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [`cm-${value}`], verbs: ['get'] }];
    return change(
      random,
      known,
      place,
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', ...signed(name, owner), rules },
      value,
    );
  }
  const folder = '/api/v1/namespaces';
  const name = random.oneOf(PASSING_NAMESPACES);
  if (!known.namespaces.has(name)) return creation({ resource: 'namespaces', key: name, folder, name }, namespaceOf(name, owner));
  // A namespace goes slowly, with all that is in it.
  if (random.next() < 0.3) return { resource: 'namespaces', verb: 'delete', key: name, method: 'DELETE', path: `${folder}/${name}` };
  return labelling({ resource: 'namespaces', key: name, folder, name }, value);
}

export function namespaceOf(name: string, owner: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', ...signed(name, owner) };
}

interface Place {
  readonly resource: Resource;
  readonly key: string;
  readonly folder: string;
  readonly name: string;
}

function change(random: Random, known: Readonly<Record<Resource, ReadonlySet<string>>>, place: Place, body: object, value: string): Write {
  const { resource, key, folder, name } = place;
  if (!known[resource].has(key)) return creation(place, body);
  const chance = random.next();
  if (chance < 0.4) return { resource, verb: 'update', key, method: 'PUT', path: `${folder}/${name}`, body };
  if (chance < 0.75) return labelling(place, value);
  return { resource, verb: 'delete', key, method: 'DELETE', path: `${folder}/${name}` };
}

function creation({ resource, key, folder }: Place, body: object): Write {
  return { resource, verb: 'create', key, method: 'POST', path: folder, body };
}

function labelling({ resource, key, folder, name }: Place, value: string): Write {
  const body = { metadata: { labels: { changed: value } } };
  return { resource, verb: 'patch', key, method: 'PATCH', path: `${folder}/${name}`, body, contentType: 'application/merge-patch+json' };
}

function signed(name: string, owner: string): object {
  return { metadata: { name, annotations: { [OWNER_ANNOTATION]: owner } } };
}
