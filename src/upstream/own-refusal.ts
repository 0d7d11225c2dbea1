/** As in the filter of envoy/envoy.yaml, for what does not come by Envoy; JSON's quotes have a backslash. */
const MAY_NOT = /forbidden: User \\?"[^"\\]+\\?" cannot impersonate/;

/**
 * Whether an answer of upstream's is about the gateway, and not about the user in whose name it asked
 * (k8s.io/apiserver/pkg/endpoints/filters/impersonation): who it is (401), or that it may not act for others. An apiserver that has
 * just started does not know yet what anybody may. That is nothing to tell a tenant: it is the same as if there were none.
 */
export function isAboutGateway(status: number, body: Buffer): boolean {
  return status === 401 || (status === 403 && MAY_NOT.test(body.toString('utf8')));
}
