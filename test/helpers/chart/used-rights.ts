/** Which rights somebody has used, by upstream's own audit log; and whether a role has them. */
import type { PlatformRule } from '../../../src/upstream/platform-rules.ts';
import type { AuditEvent } from './upstream-cluster.ts';

export interface Right {
  readonly verb: string;
  readonly apiGroup?: string;
  /** With the subresource, as RBAC has it: `pods/log`. */
  readonly resource?: string;
  readonly name?: string | undefined;
  readonly path?: string;
}

/** What the one who asked needed for it. Of another user's name it needed only to impersonate him. */
export function rightsUsed({ verb, requestURI, impersonatedUser: as, objectRef, responseStatus }: AuditEvent): Right[] {
  if (as) {
    const impersonate = (apiGroup: string, resource: string, name?: string) => ({ verb: 'impersonate', apiGroup, resource, name });
    return [
      impersonate('', 'users', as.username),
      ...(as.groups ?? []).map((group) => impersonate('', 'groups', group)),
      ...(as.uid ? [impersonate('authentication.k8s.io', 'uids', as.uid)] : []),
      ...Object.keys(as.extra ?? {}).map((key) => impersonate('authentication.k8s.io', `userextras/${key}`)),
    ];
  }
  if (!objectRef?.resource) return [{ verb, path: requestURI.split('?', 1)[0]! }];
  const { apiGroup = '', resource, subresource, name } = objectRef;
  const used: Right = { verb, apiGroup, resource: subresource ? `${resource}/${subresource}` : resource, name };
  // An apply of something that is not there needs both (k8s.io/apiserver, handlers/patch.go).
  return verb === 'patch' && responseStatus?.code === 201 ? [used, { ...used, verb: 'create' }] : [used];
}

/** As k8s.io/kubernetes, pkg/registry/rbac/validation and plugin/pkg/auth/authorizer/rbac. */
export function allows(rule: PlatformRule, { verb, apiGroup, resource, name, path }: Right): boolean {
  const has = (allowed: readonly string[] | undefined, wanted: string) => allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted));
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined) {
    return rule.nonResourceURLs?.some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))) === true;
  }
  if (!has(rule.apiGroups, apiGroup ?? '') || !has(rule.resources, resource ?? '')) return false;
  return rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name));
}

export function describeRight({ verb, apiGroup, resource, name, path }: Right): string {
  return `${verb} ${path ?? `${resource}${apiGroup ? `.${apiGroup}` : ''}`}${name === undefined ? '' : ` ${name}`}`;
}
