import type { BridgeAddress } from '../../names/webhook-url.ts';
import { QUOTA_LABEL, QUOTA_READY, QUOTA_WEBHOOK } from '../../quota/names.ts';
import { quotaReviewPath } from '../../quota/review-creation.ts';
import { MANAGED_BY, type PlatformObject } from '../policies/policy.ts';

const NAME = 'kubezoo-quota';

/**
 * Upstream asks a gateway before it counts, in namespaces with a share alone. Where none answers, the shares as they are go on limiting: so it
 * may be ignored.
 */
export function quotaWebhook({ url, caPem, key }: BridgeAddress): PlatformObject {
  return {
    path: `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${NAME}`,
    object: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: NAME, labels: MANAGED_BY },
      webhooks: [
        {
          name: QUOTA_WEBHOOK,
          clientConfig: { url: url + quotaReviewPath(key), caBundle: Buffer.from(caPem).toString('base64') },
          namespaceSelector: { matchExpressions: [{ key: QUOTA_LABEL, operator: 'In', values: [QUOTA_READY] }] },
          rules: [
            { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['CREATE'], scope: 'Namespaced' },
            {
              apiGroups: [''],
              apiVersions: ['*'],
              resources: ['services', 'persistentvolumeclaims', 'pods/resize'],
              operations: ['UPDATE'],
              scope: 'Namespaced',
            },
          ],
          matchConditions: [{ name: 'is-counted', expression: 'request.resource.resource != "resourcequotas"' }],
          // Room that was moved belongs to the tenant as before, so a dry run may have it moved as well.
          sideEffects: 'NoneOnDryRun',
          failurePolicy: 'Ignore',
          timeoutSeconds: 10,
          admissionReviewVersions: ['v1'],
        },
      ],
    },
  };
}
