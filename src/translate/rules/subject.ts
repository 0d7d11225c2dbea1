/**
 * rbac/v1 Subject. Every grant goes to a gateway-only name, so a ServiceAccount becomes a User upstream:
 * `kubezoo:<id>:system:serviceaccount:<namespace>:<name>`. Its namespace stays beside the name (upstream does not look at
 * it in a User), to tell it from a User that was written so: the prefixed namespace, or the bare prefix where none was written.
 */
import { KubeError } from '../../errors.ts';
import { parseServiceAccountUser, serviceAccountUser, toTenantIdentity, toUpstreamIdentity } from '../../names/identity.ts';
import { prefixOf, toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import type { JsonObject } from '../lossless-json.ts';
import { captureObject, textOf } from './capture-object.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
/** Upstream no longer checks what is a User there; a colon in it would be another account's name. */
const SERVICE_ACCOUNT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const NAME_RULE = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'";

/**
 * No output may ever be a ServiceAccount, or a name that is not the gateway's: Go merges the members of an element that
 * stands twice, so each has to be safe without the others.
 *
 * @throws KubeError Invalid for a ServiceAccount without a name, or without a namespace where none can be meant
 */
export const subjectToUpstream = captureObject((subject, context) => {
  if (textOf(subject, 'kind') === 'ServiceAccount') return serviceAccountToUpstream(subject, context);
  const { tenantId } = context;
  const identity = textOf(subject, 'name');
  const namespace = textOf(subject, 'namespace');
  return {
    ...subject,
    ...(identity !== undefined && { name: toUpstreamIdentity(tenantId, identity) }),
    ...(namespace !== undefined && { namespace: toUpstreamName(tenantId, namespace) }),
  };
});

function serviceAccountToUpstream(subject: JsonObject, { tenantId, requestNamespace }: TranslateContext): JsonObject {
  const account = textOf(subject, 'name');
  const written = textOf(subject, 'namespace');
  const namespace = written ?? requestNamespace;
  if (account === undefined) throw invalid('name', 'FieldValueRequired', 'Required value');
  if (namespace === undefined) throw invalid('namespace', 'FieldValueRequired', 'Required value');
  if (!SERVICE_ACCOUNT_NAME.test(account))
    throw invalid('name', 'FieldValueInvalid', `Invalid value: ${JSON.stringify(account)}: ${NAME_RULE}`);
  if (textOf(subject, 'apiGroup') !== undefined)
    throw invalid('apiGroup', 'FieldValueNotSupported', `Unsupported value: ${JSON.stringify(subject.apiGroup)}: supported values: ""`);
  return {
    ...subject,
    kind: 'User',
    apiGroup: RBAC_GROUP,
    name: toUpstreamIdentity(tenantId, serviceAccountUser(namespace, account)),
    namespace: written === undefined ? prefixOf(tenantId) : toUpstreamName(tenantId, written),
  };
}

export const subjectToTenant = captureObject(
  (subject, { tenantId }) => {
    const identity = toTenantIdentity(tenantId, textOf(subject, 'name') ?? '');
    const upstreamNamespace = textOf(subject, 'namespace');
    const account = textOf(subject, 'kind') === 'User' ? parseServiceAccountUser(identity) : undefined;
    const { apiGroup: _, namespace: __, ...rest } = subject;
    if (account && upstreamNamespace === prefixOf(tenantId)) return { ...rest, kind: 'ServiceAccount', name: account.name };
    if (account && upstreamNamespace === toUpstreamName(tenantId, account.namespace)) {
      return { ...rest, kind: 'ServiceAccount', name: account.name, namespace: account.namespace };
    }
    return {
      ...subject,
      ...(identity !== '' && { name: identity }),
      ...(upstreamNamespace !== undefined && { namespace: toTenantName(tenantId, upstreamNamespace) }),
    };
  },
  { unlessHolding: 'identity' },
);

function invalid(member: string, reason: string, message: string): KubeError {
  const field = `subjects[].${member}`;
  return new KubeError('Invalid', `subjects: a ServiceAccount is invalid: ${field}: ${message}`, {
    group: RBAC_GROUP,
    causes: [{ reason, message, field }],
  });
}
