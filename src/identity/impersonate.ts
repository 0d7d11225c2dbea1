import { KubeError } from '../errors.ts';
import type { TenantIdentity } from '../local/local-request.ts';
import {
  ANONYMOUS_USER,
  AUTHENTICATED_GROUP,
  parseServiceAccountUser,
  serviceAccountGroups,
  UNAUTHENTICATED_GROUP,
} from '../names/identity.ts';
import type { AccessAttributes, AccessChecker } from './check-access.ts';
import { impersonationModes, type RequestedAccess } from './impersonation-modes.ts';
import type { WantedUser } from './read-impersonation.ts';

/**
 * The identity that `caller` asks to act as, if the tenant's own RBAC lets it. It is one of the same tenant whatever was asked for:
 * every name of it is put under `kubezoo:<id>:` before upstream sees it.
 *
 * @throws KubeError Forbidden, in the apiserver's words
 */
export async function impersonateWithin(
  caller: TenantIdentity,
  wanted: WantedUser,
  requested: RequestedAccess,
  checkAccess: AccessChecker,
): Promise<TenantIdentity> {
  const modes = impersonationModes(wanted, requested);
  const refusals = new Map<AccessAttributes[], AccessAttributes>();
  // The oldest verb first: it is granted most often, and does not depend on the request.
  for (const mode of modes.toReversed()) {
    const refused = await firstRefused(caller, mode, checkAccess);
    if (!refused) return identityOf(caller.tenantId, wanted);
    refusals.set(mode, refused);
  }
  throw forbidden(caller, refusals.get(modes[0]!)!);
}

async function firstRefused(
  caller: TenantIdentity,
  mode: readonly AccessAttributes[],
  checkAccess: AccessChecker,
): Promise<AccessAttributes | undefined> {
  for (const attributes of mode) if ((await checkAccess(caller, attributes)).allowed !== true) return attributes;
  return undefined;
}

/** Groups that were asked for are all that there are; a ServiceAccount has its own otherwise. */
function identityOf(tenantId: string, { user, uid, groups, extra }: WantedUser): TenantIdentity {
  const account = parseServiceAccountUser(user);
  const asked = groups.length > 0 || !account ? groups : serviceAccountGroups(account.namespace);
  return {
    role: 'tenant',
    tenantId,
    user,
    groups: withImpliedGroup(user, asked),
    ...(uid !== undefined && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function withImpliedGroup(user: string, groups: readonly string[]): readonly string[] {
  if (user !== ANONYMOUS_USER && groups.includes(UNAUTHENTICATED_GROUP)) return groups;
  const implied = user === ANONYMOUS_USER ? UNAUTHENTICATED_GROUP : AUTHENTICATED_GROUP;
  return groups.includes(implied) ? groups : [...groups, implied];
}

/** As k8s.io/apiserver's ForbiddenStatusError. */
function forbidden({ user }: TenantIdentity, attributes: AccessAttributes): KubeError {
  const who = `User ${JSON.stringify(user)}`;
  if (!('resourceAttributes' in attributes)) {
    const { verb, path } = attributes.nonResourceAttributes;
    return new KubeError('Forbidden', sanitized(`forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}`), {});
  }
  const { verb, group = '', resource, subresource, namespace, name } = attributes.resourceAttributes;
  const target = JSON.stringify(subresource === undefined ? resource : `${resource}/${subresource}`);
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const subject = name === undefined ? qualified : `${qualified} ${JSON.stringify(name)}`;
  const message = `${subject} is forbidden: ${sanitized(`${who} cannot ${verb} resource ${target} in API group ${JSON.stringify(group)} ${where}`)}`;
  return new KubeError('Forbidden', message, {
    ...(name !== undefined && { name }),
    ...(group !== '' && { group }),
    kind: resource,
  });
}

/** Nothing that looks like HTML. */
function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
