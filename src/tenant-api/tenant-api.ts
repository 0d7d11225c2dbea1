/** The Tenant API: `tenant.kubezoo.io/v1alpha1`, to the platform's operator a Kubernetes API like any other. */
import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import { parseRequest, type ResourceRequest } from '../kube/request-info.ts';
import { sendJson } from '../local/answer.ts';
import type { LocalHandler, LocalRequest } from '../local/local-request.ts';
import type { TenantStore } from '../tenants/store.ts';
import { TENANT_GROUP, TENANT_VERSION } from '../tenants/tenant.ts';
import { createCertificate } from './credentials/create-certificate.ts';
import { createRevocation } from './credentials/create-revocation.ts';
import { deleteTenant, deleteTenants } from './delete-tenant.ts';
import { sendDocument } from './documents.ts';
import { fromStoreError, methodNotAllowed } from './invalid.ts';
import { getTenant, listTenants } from './list-tenants.ts';
import { patchTenant } from './patch-tenant.ts';
import type { TenantApiContext, TenantApiDeps } from './tenant-api-context.ts';
import { watchTenants } from './watch-tenants.ts';
import { createTenant, type Subresource, updateTenant } from './write-tenant.ts';

export type { TenantApiDeps } from './tenant-api-context.ts';

const GROUP_PATH = `/apis/${TENANT_GROUP}`;

/**
 * Answers the operator below `/api`, `/apis` and `/openapi`, where there is nothing else for it, and refuses everybody else below
 * `/apis/tenant.kubezoo.io`. All other paths are left to other handlers. Throws KubeError.
 */
export function createTenantApi(store: TenantStore, deps: TenantApiDeps): LocalHandler {
  const context: TenantApiContext = { store, deps, now: deps.now ?? (() => new Date()) };
  return async (request, response) => {
    if (request.identity.role !== 'operator') {
      if (isBelow(request.path, GROUP_PATH)) throw forbidden(request);
      return false;
    }
    if (request.path === '/version' && deps.version) {
      sendJson(request, response, 200, deps.version);
      return true;
    }
    if (sendDocument(request, response)) return true;
    if (!['/api', '/apis', '/openapi'].some((root) => isBelow(request.path, root))) return false;
    await serve(context, request, response);
    return true;
  };
}

async function serve(context: TenantApiContext, request: LocalRequest, response: ServerResponse): Promise<void> {
  const info = parseRequest(request.method, request.path, request.query);
  const isTenants =
    info.type === 'resource' && info.group === TENANT_GROUP && info.version === TENANT_VERSION && info.resource === 'tenants';
  if (!isTenants || info.namespace !== undefined || info.rest !== '') throw notServed();
  try {
    await dispatch(context, request, response, info);
  } catch (thrown) {
    throw fromStoreError(thrown, info.name);
  }
}

async function dispatch(context: TenantApiContext, request: LocalRequest, response: ServerResponse, info: ResourceRequest): Promise<void> {
  const { verb, name } = info;
  const make = name === undefined ? undefined : CREATED_FOR_TENANT.get(info.subresource ?? '');
  if (make) {
    if (verb !== 'create') throw methodNotAllowed(verb);
    return make(context, request, response, name!);
  }
  const subresource = checkSubresource(info);
  if (name === undefined) {
    if (verb === 'list') return listTenants(context, request, response);
    if (verb === 'watch') return watchTenants(context, request, response);
    if (verb === 'create') return createTenant(context, request, response);
    if (verb === 'deletecollection') return deleteTenants(context, request, response);
    if (verb === 'update' || verb === 'patch') throw new KubeError('BadRequest', 'name must be provided');
  } else {
    if (verb === 'get') return getTenant(context, request, response, name);
    if (verb === 'update') return updateTenant(context, request, response, name, subresource);
    if (verb === 'patch') return patchTenant(context, request, response, name, subresource);
    if (verb === 'delete' && subresource === '') return deleteTenant(context, request, response, name);
  }
  throw methodNotAllowed(verb);
}

/** Sub-resources that are only ever created. */
const CREATED_FOR_TENANT: ReadonlyMap<
  string,
  (context: TenantApiContext, request: LocalRequest, response: ServerResponse, tenantId: string) => Promise<void>
> = new Map([
  ['certificates', createCertificate],
  ['revocations', createRevocation],
]);

function checkSubresource({ subresource = '' }: ResourceRequest): Subresource {
  if (subresource === '' || subresource === 'status') return subresource;
  throw notServed();
}

function notServed(): KubeError {
  return new KubeError('NotFound', 'the server could not find the requested resource', {});
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** In the words of the apiserver's authorizer. */
function forbidden({ method, path, query, identity }: LocalRequest): KubeError {
  const info = parseRequest(method, path, query);
  const user = JSON.stringify(identity.user);
  if (info.type !== 'resource')
    return new KubeError('Forbidden', `forbidden: User ${user} cannot ${method.toLowerCase()} path ${JSON.stringify(path)}`, {});
  const resource = info.subresource === undefined ? info.resource : `${info.resource}/${info.subresource}`;
  const subject = `${info.resource}.${TENANT_GROUP}${info.name === undefined ? '' : ` ${JSON.stringify(info.name)}`}`;
  const message = `${subject} is forbidden: User ${user} cannot ${info.verb} resource ${JSON.stringify(resource)} in API group "${TENANT_GROUP}" at the cluster scope`;
  return new KubeError('Forbidden', message, {
    ...(info.name !== undefined && { name: info.name }),
    group: TENANT_GROUP,
    kind: info.resource,
  });
}
