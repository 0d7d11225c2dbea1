import { toUpstreamName } from '../../names/prefix.ts';
import { isUpstreamError, type UpstreamError } from '../../upstream/upstream-error.ts';
import { DONE, type Outcome, type Step } from './step.ts';

/** The Service `kubernetes` in `default`: tools look it up. It has no endpoints yet. */
export const ensureKubernetesService: Step = {
  name: 'ensure-kubernetes-service',
  condition: 'NamespacesReady',
  async run({ tenantId, upstream }): Promise<Outcome> {
    const namespace = toUpstreamName(tenantId, 'default');
    try {
      await upstream.apply(`/api/v1/namespaces/${namespace}/services/kubernetes`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kubernetes', namespace, labels: { component: 'apiserver', provider: 'kubernetes' } },
        spec: {
          type: 'ClusterIP',
          ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
        },
      });
    } catch (thrown) {
      if (!isUpstreamError(thrown) || !isNamespaceEnding(thrown)) throw thrown;
      return {
        state: 'waiting',
        reason: 'NamespaceTerminating',
        message: 'the namespace default is being deleted, and made again when gone',
        retryAfterMs: 2_000,
      };
    }
    return DONE;
  },
};

/** The namespace is on its way out, or was gone before its content could be made. */
function isNamespaceEnding({ reason, details }: UpstreamError): boolean {
  const causes = (details as { causes?: { reason?: string }[] } | undefined)?.causes ?? [];
  return reason === 'NotFound' || causes.some((cause) => cause.reason === 'NamespaceTerminating');
}
