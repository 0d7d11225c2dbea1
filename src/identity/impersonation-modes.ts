/**
 * In which ways a caller may be allowed to impersonate, each a list of questions to RBAC that must all be answered with yes.
 * As k8s.io/apiserver/pkg/endpoints/filters/impersonation has them (KEP-5284, on by default since 1.36), without those for
 * nodes, which tenants have none of: `system:node:x` is a user as any other.
 */
import type { RequestInfo } from '../kube/request-info.ts';
import { parseServiceAccountUser } from '../names/identity.ts';
import type { AccessAttributes, ResourceAttributes } from './check-access.ts';
import type { WantedUser } from './read-impersonation.ts';

const AUTHENTICATION_GROUP = 'authentication.k8s.io';
/** Those of constrained modes; the older verb is for any key that a header can carry. */
const DOMAIN_PREFIXED = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/.+$/;

/** The request that is to be made as somebody else. */
export interface RequestedAccess {
  readonly request: RequestInfo;
  /** Of HTTP. */
  readonly method: string;
}

/** The modes that apply, in upstream's order: when none is granted, the first one's refusal is what the caller is told. */
export function impersonationModes(wanted: WantedUser, requested: RequestedAccess): AccessAttributes[][] {
  const account = parseServiceAccountUser(wanted.user);
  const isNamedOnly = wanted.uid === undefined && wanted.groups.length === 0 && Object.keys(wanted.extra).length === 0;
  const modes: AccessAttributes[][] = [];
  if (account && isNamedOnly) modes.push(constrained('serviceaccount', wanted, requested));
  if (!account && isConstrainable(wanted)) modes.push(constrained('user-info', wanted, requested));
  modes.push(questionsAbout(wanted, 'impersonate', ''));
  return modes;
}

function isConstrainable({ groups, extra }: WantedUser): boolean {
  return !groups.includes('system:masters') && Object.keys(extra).every((key) => DOMAIN_PREFIXED.test(key));
}

/** The right to impersonate, and to do just this while impersonating. */
function constrained(mode: string, wanted: WantedUser, requested: RequestedAccess): AccessAttributes[] {
  return [attributesOf(requested, `impersonate-on:${mode}:`), ...questionsAbout(wanted, `impersonate:${mode}`, AUTHENTICATION_GROUP)];
}

function questionsAbout({ user, uid, groups, extra }: WantedUser, verb: string, group: string): AccessAttributes[] {
  const account = parseServiceAccountUser(user);
  const ask = (resource: string, name: string, more: Partial<ResourceAttributes> = {}): AccessAttributes => ({
    resourceAttributes: { verb, group, version: 'v1', resource, name, ...more },
  });
  return [
    account ? ask('serviceaccounts', account.name, { namespace: account.namespace }) : ask('users', user),
    ...(uid === undefined ? [] : [ask('uids', uid, { group: AUTHENTICATION_GROUP })]),
    ...groups.map((name) => ask('groups', name)),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ask('userextras', value, { group: AUTHENTICATION_GROUP, subresource: key })),
    ),
  ];
}

/** What upstream's authorizer is asked of a request, with a prefix before its verb. */
function attributesOf({ request, method }: RequestedAccess, verbPrefix: string): AccessAttributes {
  if (request.type === 'nonResource')
    return { nonResourceAttributes: { path: request.path, verb: `${verbPrefix}${method.toLowerCase()}` } };
  const { verb, group, version, resource, subresource, name } = request;
  // A namespace counts as standing in itself, so that its own RoleBindings apply.
  const namespace = request.namespace ?? (group === '' && resource === 'namespaces' ? name : undefined);
  return {
    resourceAttributes: {
      verb: verbPrefix + verb,
      group,
      version,
      resource,
      ...(subresource !== undefined && { subresource }),
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
    },
  };
}
