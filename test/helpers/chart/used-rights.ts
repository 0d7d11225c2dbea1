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
  const asCreated = verb === 'patch' && responseStatus?.code === 201 ? [{ ...used, verb: 'create' }] : [];
  return [used, ...asCreated, ...behind(used)];
}

/** What upstream asks besides before it does such a thing: it leaves no line in the log. */
function behind({ verb, apiGroup, resource, name }: Right): Right[] {
  if (verb !== 'create' && verb !== 'patch') return [];
  const signer = { apiGroup: 'certificates.k8s.io', resource: 'signers', name: 'kubezoo.io/tenant-client' };
  switch (`${resource}.${apiGroup}`) {
    case 'clusterroles.rbac.authorization.k8s.io':
      return [{ verb: 'escalate', apiGroup: apiGroup!, resource: 'clusterroles', name }];
    case 'clusterrolebindings.rbac.authorization.k8s.io':
      return [{ verb: 'bind', apiGroup: apiGroup!, resource: 'clusterroles' }];
    case 'certificatesigningrequests/approval.certificates.k8s.io':
      return [{ verb: 'approve', ...signer }];
    case 'certificatesigningrequests/status.certificates.k8s.io':
      return [{ verb: 'sign', ...signer }];
    default:
      return [];
  }
}

/** Each part of the rules (a verb on a resource) that none of these rights needs; those that another rule gives as well are not needed, either. */
export function notNeeded(rules: readonly PlatformRule[], used: readonly Right[]): string[] {
  const parts = rules.flatMap((rule) =>
    rule.verbs.flatMap((verb) =>
      (rule.resources ?? [undefined]).map((resource) => ({
        rule,
        part: { ...rule, verbs: [verb], ...(resource && { resources: [resource] }) },
      })),
    ),
  );
  const isNeeded = ({ rule, part }: (typeof parts)[number]) =>
    used.some((right) => allows(part, right) && !rules.some((other) => other !== rule && allows(other, right)));
  return parts.filter((each) => !isNeeded(each)).map(({ part }) => describeRule(part));
}

function describeRule({ verbs, apiGroups, resources, nonResourceURLs }: PlatformRule): string {
  return `${verbs.join()} ${nonResourceURLs?.join() ?? `${resources?.join()}.${apiGroups?.join()}`}`;
}

/** Whether upstream refused it because of missing rights, not because a policy forbids it to everybody. */
export function isForbidden({ impersonatedUser, responseStatus, annotations }: AuditEvent): boolean {
  if (impersonatedUser || responseStatus?.code !== 403) return false;
  return (
    annotations?.['authorization.k8s.io/decision'] === 'forbid' ||
    /cannot |attempting to grant|not permitted/.test(responseStatus.message ?? '')
  );
}

/** As k8s.io/kubernetes, pkg/registry/rbac/validation and plugin/pkg/auth/authorizer/rbac. */
export function allows(rule: PlatformRule, { verb, apiGroup, resource, name, path }: Right): boolean {
  const has = (allowed: readonly string[] | undefined, wanted: string) =>
    allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted));
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
