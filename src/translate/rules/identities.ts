import { toTenantIdentity, toUpstreamIdentity } from '../../names/identity.ts';
import { textToTenant } from '../../names/text.ts';
import type { Capture, StringRule } from '../engine/plan.ts';
import { parseLossless, printLossless } from '../lossless-json.ts';

/** A user or a group. */
export const identityToUpstream: StringRule = (identity, { tenantId }) => identity && toUpstreamIdentity(tenantId, identity);
export const identityToTenant: StringRule = (identity, { tenantId }) => toTenantIdentity(tenantId, identity);

/** A list of groups: upstream a caller is in `system:authenticated` twice, once as all are and once as the tenant's. */
export const groupsToTenant: Capture = {
  run(json, { tenantId }) {
    const groups = parseLossless(json);
    if (!Array.isArray(groups)) return json;
    return printLossless([...new Set(groups.map((group) => (typeof group === 'string' ? toTenantIdentity(tenantId, group) : group)))]);
  },
  unlessHolding: 'identity',
};

export const freeTextToTenant: StringRule = (text, { tenantId }) => textToTenant(tenantId, text);
/** What is said of CRDs, good ones and bad ones. */
export const definitionTextToTenant: StringRule = (text, { tenantId }) => textToTenant(tenantId, text, 'definitions');

/** A User that is a ServiceAccount, at the end of RBAC's reason. */
const ACCOUNT_AS_USER = /to User "system:serviceaccount:([^:"]+):([^:"]+)"$/;

/** Why a review says yes names a binding and a role; where those are the platform's own, there is nothing to tell. */
export const reviewReasonToTenant: StringRule = (reason, { tenantId }) => {
  const shown = textToTenant(tenantId, reason);
  return shown.includes('kubezoo:') ? '' : shown.replace(ACCOUNT_AS_USER, 'to ServiceAccount "$2/$1"');
};
