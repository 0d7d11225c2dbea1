import { existsSync } from 'node:fs';
import { answersWith, KubeClient } from '../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { tenantKubeconfigAt } from '../../src/launch/state/home.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import type { Stack } from './stack.ts';

/** Creates a tenant through the Tenant API; resolves when it is served. */
export async function makeTenant(
  stack: Stack,
  tenantId: string,
  annotations: Readonly<Record<string, string>> = {},
  timeoutMs = 30_000,
): Promise<void> {
  const tenant = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: tenantId, annotations } };
  await stack.mustKubectl(['create', '-f', '-'], 'operator', { stdin: JSON.stringify(tenant) });
  await waitUntil(`tenant ${tenantId} to be served`, () => isServed(stack, tenantId), { timeoutMs });
}

/** Whether the tenant's kubeconfig is there and its `default` namespace is answered. */
export async function isServed(stack: Stack, tenantId: string): Promise<boolean> {
  const file = tenantKubeconfigAt(stack.home, tenantId);
  if (!existsSync(file)) return false;
  const client = new KubeClient(readKubeconfig(file));
  try {
    return await answersWith(client, '/api/v1/namespaces/default');
  } finally {
    client.close();
  }
}
