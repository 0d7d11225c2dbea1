/** The embedded cluster without a gateway, and with an audit log: for a gateway that is put into it as into any other. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '../../../src/launch/embedded/start-embedded-cluster.ts';
import { answersWith, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { Steps } from '../../../src/launch/stack/steps.ts';
import { readChoices } from '../../../src/launch/state/choices.ts';
import { type Home, homeAt } from '../../../src/launch/state/home.ts';
import { tailLog } from '../../../src/launch/supervisor/log-file.ts';
import { Supervisor } from '../../../src/launch/supervisor/supervisor.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { findKubectl } from '../find-tools.ts';
import { type KubectlOptions, type KubectlResult, runKubectl } from '../kubectl.ts';

/** audit.k8s.io/v1 Event, as far as it is read here. */
export interface AuditEvent {
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: {
    readonly username: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly name?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface UpstreamCluster {
  readonly home: Home;
  readonly url: string;
  readonly etcdUrl: string;
  readonly processes: Supervisor;
  readonly admin: KubeClient;
  /** As the cluster's admin, or with another kubeconfig; resolves whatever the exit code is. */
  kubectl(args: readonly string[], options?: KubectlOptions & { kubeconfig?: string }): Promise<KubectlResult>;
  /** Resolves with stdout. Throws an Error with stderr when kubectl fails. */
  mustKubectl(args: readonly string[], options?: KubectlOptions & { kubeconfig?: string }): Promise<string>;
  /** All requests so far, also those that failed. */
  audit(): AuditEvent[];
  logs(): string;
  stop(): Promise<void>;
}

export async function startUpstreamCluster(): Promise<UpstreamCluster> {
  const kubectlBinary = await findKubectl();
  const folder = mkdtempSync(join(tmpdir(), 'kz-'));
  const home = homeAt(join(folder, 'home'));
  mkdirSync(home.runDir, { recursive: true });
  const processes = new Supervisor(home, () => {});
  try {
    const choices = readChoices(home);
    const { url, etcdUrl } = await startEmbeddedCluster({
      ...{ home, choices, gatewayPort: 0, steps: new Steps('silent'), supervisor: processes, signal: new AbortController().signal },
      options: { home: home.root, port: 0, tenants: [], renderer: 'silent', onMessage: () => {} },
    });
    const admin = new KubeClient(readKubeconfig(home.upstreamKubeconfig));
    const log = await auditApiserver(home, processes, admin);
    const kubectl: UpstreamCluster['kubectl'] = (args, { kubeconfig = home.upstreamKubeconfig, ...options } = {}) =>
      runKubectl(kubectlBinary, kubeconfig, `${kubeconfig}.kubectl`, args, options);
    return {
      ...{ home, url, etcdUrl, processes, admin, kubectl },
      mustKubectl: async (args, options) => {
        const { code, stdout, stderr } = await kubectl(args, options);
        if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
        return stdout;
      },
      audit: () =>
        readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as AuditEvent),
      logs: () => processes.processes.map(({ spec, logFile }) => `--- ${spec.name}\n${tailLog(logFile, 40)}`).join('\n'),
      stop: async () => {
        admin.close();
        await processes.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

/** @returns the log's file */
async function auditApiserver(home: Home, processes: Supervisor, admin: KubeClient): Promise<string> {
  const apiserver = processes.process('kube-apiserver');
  const policy = join(home.upstreamDir, 'audit-policy.json');
  const log = join(home.logsDir, 'audit.log');
  const rules = [{ level: 'Metadata' }];
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }));
  (apiserver.spec.args as string[]).push(`--audit-policy-file=${policy}`, `--audit-log-path=${log}`);
  // Asked to end, it would wait for its watches.
  apiserver.kill('SIGKILL');
  await apiserver.stop();
  await apiserver.start();
  await waitUntil('upstream', () => answersWith(admin, '/readyz'), { timeoutMs: 30_000 });
  return log;
}
