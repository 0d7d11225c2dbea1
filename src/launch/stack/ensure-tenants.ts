import { existsSync } from 'node:fs';
import { TENANT_API_VERSION, TENANT_GROUP, TENANT_VERSION } from '../../tenants/tenant.ts';
import { answersWith, KubeClient } from '../kube/kube-client.ts';
import { readKubeconfig } from '../kube/kubeconfig.ts';
import { type Home, tenantKubeconfigAt } from '../state/home.ts';
import { waitUntil } from '../wait-until.ts';

const TENANTS_PATH = `/apis/${TENANT_GROUP}/${TENANT_VERSION}/tenants`;
const TIMEOUT_MS = 60_000;

/** Creates the tenants that are not there yet, through the Tenant API, and waits until a request as each of them is answered. */
export async function ensureTenants(home: Home, tenantIds: readonly string[], signal?: AbortSignal): Promise<void> {
  const operator = new KubeClient(readKubeconfig(home.operatorKubeconfig));
  try {
    for (const tenantId of tenantIds) await createTenant(operator, tenantId, signal);
  } finally {
    operator.close();
  }
  await Promise.all(tenantIds.map((tenantId) => waitForTenant(home, tenantId, signal)));
}

async function createTenant(operator: KubeClient, tenantId: string, signal?: AbortSignal): Promise<void> {
  const tenant = { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: tenantId }, spec: {} };
  const { status, body } = await operator.request('POST', TENANTS_PATH, { body: tenant, signal });
  if (status !== 201 && status !== 409) throw new Error(`tenant ${tenantId} could not be created (${status}): ${body}`);
}

/** Reads the file anew each time: at a start on another port the controller writes it again. */
async function waitForTenant(home: Home, tenantId: string, signal?: AbortSignal): Promise<void> {
  const file = tenantKubeconfigAt(home, tenantId);
  const gateway = readKubeconfig(home.operatorKubeconfig).server;
  await waitUntil(
    `tenant ${tenantId} to be served`,
    async () => {
      if (!existsSync(file)) return false;
      const cluster = readKubeconfig(file);
      if (cluster.server !== gateway) return false;
      const client = new KubeClient(cluster);
      try {
        return await answersWith(client, '/api/v1/namespaces/default');
      } finally {
        client.close();
      }
    },
    { timeoutMs: TIMEOUT_MS, signal },
  );
}
