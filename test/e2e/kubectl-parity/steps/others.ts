import type { Difference } from '../step.ts';

/** Upstream's admin sees all tenants and the platform itself; a tenant sees its own. */
export const OTHERS: Difference = {
  on: 'direct',
  drop: /\bqxz[a-z]{2}\d-/,
  reason: 'direct sees the tenants, too',
};

/** What discovery and rules do not mention to a tenant. */
export const NOT_OFFERED: Difference = {
  on: 'direct',
  drop: new RegExp(
    [
      // Whole groups.
      '\\bflowcontrol\\.apiserver\\.k8s\\.io',
      // Kinds of groups that are served otherwise.
      '^(?:bindings|devicetaintrules|resourceslices|volumeattachments)\\b',
      // Upstream lets all of its ServiceAccounts read these; a tenant's are none of them.
      '^clustertrustbundles\\.',
      // Paths: a tenant's tokens are checked by the gateway.
      '/\\.well-known/|/openid/',
    ].join('|'),
  ),
  reason: 'what a tenant is not offered is not mentioned to it',
};
