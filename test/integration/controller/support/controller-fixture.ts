import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createAuthority } from '../../../../src/certs/authority.ts';
import type { CredentialSettings } from '../../../../src/controller/steps/step.ts';
import { TENANT_API_VERSION, type Tenant } from '../../../../src/tenants/tenant.ts';

export const QUIET = pino({ level: process.env.KUBEZOO_TEST_LOG ?? 'silent' });

/** A CA of the gateway's, in files, and a folder for kubeconfigs. */
export async function makeCredentialSettings(folder: string): Promise<CredentialSettings & { kubeconfigDir: string }> {
  mkdirSync(folder, { recursive: true });
  const authority = await createAuthority({ commonName: 'kubezoo-tenants' });
  const [certFile, keyFile] = [join(folder, 'gateway-ca.crt'), join(folder, 'gateway-ca.key')];
  writeFileSync(certFile, authority.certificatePem);
  writeFileSync(keyFile, authority.keyPem);
  return {
    gatewayUrl: 'https://127.0.0.1:6443',
    servingCaFile: certFile,
    clientCaFile: certFile,
    clientCaKeyFile: keyFile,
    kubeconfigDir: join(folder, 'tenants'),
  };
}

export function newTenant(name: string): Tenant {
  return {
    apiVersion: TENANT_API_VERSION,
    kind: 'Tenant',
    metadata: { name, generation: 1, creationTimestamp: new Date().toISOString() },
    spec: {},
  };
}
