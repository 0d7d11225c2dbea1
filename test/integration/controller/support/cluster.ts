import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiserverArgs } from '../../../../src/launch/embedded/apiserver-args.ts';
import { controllerManagerArgs } from '../../../../src/launch/embedded/controller-manager-args.ts';
import { etcdArgs } from '../../../../src/launch/embedded/etcd-args.ts';
import { ensureUpstreamPki } from '../../../../src/launch/embedded/upstream-pki.ts';
import { renderKubeconfig } from '../../../../src/launch/kube/kubeconfig.ts';
import type { CertificateFiles } from '../../../../src/launch/pki/ensure-certificate.ts';
import { SILENT } from '../../../../src/launch/progress.ts';
import { writeSecretFile } from '../../../../src/launch/state/write-secret-file.ts';
import { CONTROL_PLANE, findControlPlane } from '../../../../src/launch/tools/find-control-plane.ts';
import { connectUpstream } from '../../../../src/upstream/connect-upstream.ts';
import type { UpstreamClient } from '../../../../src/upstream/upstream-client.ts';
import { eventually } from '../../tenant-api/support/eventually.ts';
import { freePort } from '../../tenant-api/support/free-port.ts';

export interface TestCluster {
  readonly admin: UpstreamClient;
  readonly adminKubeconfig: string;
  readonly etcdUrl: string;
  readonly folder: string;
  /** PEM files of the cluster's CA. */
  readonly ca: { certFile: string; keyFile: string };
  stop(): Promise<void>;
}

/** A real etcd, kube-apiserver and kube-controller-manager on free ports, with their state in a temporary folder. */
export async function startCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'kubezoo-cluster-'));
  const binaries = await findControlPlane(CONTROL_PLANE, SILENT);
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  mkdirSync(join(folder, 'pki'));
  const pki = await ensureUpstreamPki(join(folder, 'pki'));
  const kubeconfigOf = (name: string, { certificatePem, keyPem }: CertificateFiles): string => {
    const file = join(folder, `${name}.kubeconfig`);
    const cluster = { server: `https://127.0.0.1:${port}`, ca: pki.ca.certificatePem, clientCert: certificatePem, clientKey: keyPem };
    writeSecretFile(file, renderKubeconfig(cluster, name));
    return file;
  };
  const adminKubeconfig = kubeconfigOf('admin', pki.admin);
  const admin = connectUpstream(adminKubeconfig);
  const processes: TestProcess[] = [];
  const stop = async () => {
    admin.close();
    for (const process of processes.reverse()) await process.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    processes.push(
      new TestProcess(binaries.etcd, [...etcdArgs({ dataDir: join(folder, 'etcd'), clientPort, peerPort }), '--unsafe-no-fsync']),
    );
    processes.push(new TestProcess(binaries['kube-apiserver'], apiserverArgs({ port, etcdUrl, pki })));
    await eventually(async () => {
      for (const process of processes) process.assertAlive();
      const { status } = await admin.request({ method: 'GET', path: '/readyz' });
      if (status !== 200) throw new Error(`kube-apiserver is not ready: ${status}`);
    }, 60_000);
    const controllerManager = kubeconfigOf('controller-manager', pki.controllerManager);
    processes.push(new TestProcess(binaries['kube-controller-manager'], controllerManagerArgs(controllerManager, pki)));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { admin, adminKubeconfig, etcdUrl, folder, ca: pki.ca, stop };
}

/** Its log is kept, and shown only when it ended by itself. */
class TestProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  #log = '';

  constructor(binary: string, args: readonly string[]) {
    this.#name = binary;
    this.#child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-20_000);
      });
    }
  }

  assertAlive(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`${this.#name} ended:\n${this.#log}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
