import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeClient } from '../../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../../src/launch/kube/kubeconfig.ts';
import { runTool, type ToolResult } from '../../../../src/launch/tools/run-tool.ts';
import { findKubectl } from '../../../helpers/find-tools.ts';
import { type KubectlOptions, type KubectlResult, type OpenKubectl, openKubectl, runKubectl } from '../../../helpers/kubectl.ts';
import { sharedStack } from '../../../helpers/shared-stack.ts';
import type { Stack } from '../../../helpers/stack.ts';

const MAIN = fileURLToPath(new URL('../../../../src/cli/main.ts', import.meta.url));

/** The shared stack, with the command line and kubectl for whatever kubeconfig a test has made. */
export interface CertificateStand {
  readonly stack: Stack;
  readonly folder: string;
  /** `kubezoo tenant …`; resolves whatever its exit code is. */
  tenantCommand(...args: string[]): Promise<ToolResult>;
  /** Makes a kubeconfig for a user of the tenant; gives its file, and the number of the certificate. */
  userKubeconfig(tenantId: string, user: string, ...args: string[]): Promise<{ file: string; number: string }>;
  kubectl(file: string, args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  openKubectl(file: string, args: readonly string[]): OpenKubectl;
  /** HTTP status of a read of the tenant's namespaces, on a connection of its own. */
  statusOf(cluster: Cluster): Promise<number>;
  close(): void;
}

export async function openCertificateStand(): Promise<CertificateStand> {
  const stack = await sharedStack();
  const binary = await findKubectl();
  const folder = mkdtempSync(join(tmpdir(), 'kz-certificates-'));
  const tenantCommand = (...args: string[]) => runTool(process.execPath, [MAIN, 'tenant', ...args, '--home', stack.home.root]);
  return {
    stack,
    folder,
    tenantCommand,
    async userKubeconfig(tenantId, user, ...args) {
      const { code, stdout, stderr } = await tenantCommand('kubeconfig', tenantId, '--user', user, ...args);
      const number = /^certificate (\S+) /.exec(stderr)?.[1];
      if (code !== 0 || number === undefined) throw new Error(`kubezoo tenant kubeconfig ended with ${code}: ${stderr}`);
      const file = join(folder, `${tenantId}-${number}.kubeconfig`);
      writeFileSync(file, stdout, { mode: 0o600 });
      return { file, number };
    },
    kubectl: (file, args, options) => runKubectl(binary, file, `${file}.home`, args, options),
    openKubectl: (file, args) => openKubectl(binary, file, `${file}.home`, args),
    async statusOf(cluster) {
      const client = new KubeClient(cluster);
      try {
        return (await client.request('GET', '/api/v1/namespaces')).status;
      } finally {
        client.close();
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function clusterOf(file: string): Cluster {
  return readKubeconfig(file);
}
