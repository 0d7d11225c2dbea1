import { join } from 'node:path';
import { Command } from 'commander';
import type { Hosts } from '../../launch/pki/hosts.ts';
import { DEFAULT_PORT } from '../../launch/stack/launch-options.ts';
import { examples } from '../examples.ts';
import { runAction } from '../run-action.ts';
import { addTimeoutOption } from '../tenant/wait-for-tenant.ts';
import { hosts, httpsUrl } from './pki-options.ts';
import { secretCommand } from './secret-command.ts';

const MADE = `
What is there stays, but for what ends within 60 days or is for other hosts. The folder is laid out as the kubelet mounts a Secret, and its files
are for their owner alone.`;

/** `kubezoo pki …`: keys for a gateway that others start, as containers or pods. See docs/decisions/0043. */
export function pkiCommand(): Command {
  const pki = new Command('pki').description('make the keys of a gateway that is not started by `kubezoo start`');
  return pki.addCommand(initCommand()).addCommand(secretCommand()).addCommand(initClusterCommand()).addCommand(grantCommand());
}

interface InitFlags {
  dir: string;
  gatewayHost: Hosts;
  bridgeHost?: Hosts;
  gatewayUrl?: string;
  operatorKubeconfig?: string;
  envoyDir?: string;
}

function initCommand(): Command {
  const command = new Command('init')
    .description(
      "make what is missing: tenants' CA, the gateway's CA and certificates, the keys that replicas share, the operator's kubeconfig",
    )
    .requiredOption('--dir <dir>', 'folder of the keys')
    .requiredOption('--gateway-host <hosts>', 'names and addresses by which clients reach the gateway, parted by commas', hosts)
    .option('--bridge-host <hosts>', 'those by which upstream reaches the admission bridge (default: loopback)', hosts)
    .option('--gateway-url <url>', `for the operator's kubeconfig (default: the first host, port ${DEFAULT_PORT})`, httpsUrl)
    .option('--operator-kubeconfig <file>', "where the operator's kubeconfig goes (default: operator.kubeconfig in the folder)")
    .option('--envoy-dir <dir>', 'also put what Envoy needs of it into a folder of its own: serving.crt, serving.key, trusted-clients.crt')
    .action(({ dir, gatewayHost, bridgeHost, gatewayUrl, operatorKubeconfig, envoyDir }: InitFlags) =>
      runAction(async () => {
        const { initGatewayPki } = await import('../../launch/pki/init-pki.ts');
        await initGatewayPki({
          folder: dir,
          gatewayHosts: gatewayHost,
          bridgeHosts: bridgeHost,
          gatewayUrl: gatewayUrl ?? urlOf(gatewayHost),
          operatorKubeconfig: operatorKubeconfig ?? join(dir, 'operator.kubeconfig'),
          envoyFolder: envoyDir,
        });
        console.log(`the gateway's keys are in ${dir}`);
      }),
    );
  command.addHelpText('after', MADE);
  return examples(command, [
    [
      'for a gateway behind a load balancer',
      'kubezoo pki init --dir /keys --gateway-host k8s.example.org --gateway-url https://k8s.example.org',
    ],
  ]);
}

interface ClusterFlags {
  dir: string;
  serverHost: Hosts;
  serverUrl: string;
  kubeconfigDir: string;
  adminKubeconfig?: string;
  adminUrl?: string;
}

function initClusterCommand(): Command {
  return new Command('init-cluster')
    .description(
      'make the keys of a small cluster of its own, to be the upstream of a trial: CA, kube-apiserver, ServiceAccounts, kubeconfigs',
    )
    .requiredOption('--dir <dir>', 'folder of the keys')
    .requiredOption('--server-host <hosts>', 'names and addresses of kube-apiserver, parted by commas', hosts)
    .requiredOption('--server-url <url>', 'for the kubeconfigs', httpsUrl)
    .requiredOption('--kubeconfig-dir <dir>', 'folder for admin.kubeconfig, gateway.kubeconfig, controller-manager.kubeconfig')
    .option('--admin-kubeconfig <file>', "a further kubeconfig of the cluster's admin, for people")
    .option('--admin-url <url>', 'for that one (default: the same)', httpsUrl)
    .addHelpText('after', MADE)
    .action((flags: ClusterFlags) =>
      runAction(async () => {
        const { initUpstreamPki } = await import('../../launch/pki/init-pki.ts');
        const { dir: folder, serverHost: serverHosts, serverUrl, kubeconfigDir, adminKubeconfig, adminUrl = serverUrl } = flags;
        const forPeople = adminKubeconfig === undefined ? undefined : { file: adminKubeconfig, url: adminUrl };
        await initUpstreamPki({ folder, serverHosts, serverUrl, kubeconfigDir, forPeople });
        console.log(`the cluster's keys are in ${folder}, kubeconfigs in ${kubeconfigDir}`);
      }),
    );
}

function grantCommand(): Command {
  const command = new Command('grant')
    .description('wait until an upstream cluster answers, and give the user of gateway.kubeconfig the ClusterRole kubezoo:gateway there')
    .requiredOption('--kubeconfig <file>', "a cluster admin's");
  return addTimeoutOption(command).action(({ kubeconfig, timeout }: { kubeconfig: string; timeout: number }) =>
    runAction(async () => {
      const { grantGateway } = await import('../../launch/pki/init-pki.ts');
      await grantGateway(kubeconfig, timeout);
      console.log('the gateway has its rights upstream');
    }),
  );
}

function urlOf({ dnsNames: [name], ipAddresses: [address] }: Hosts): string {
  const host = name ?? (address!.includes(':') ? `[${address}]` : address!);
  return `https://${host}:${DEFAULT_PORT}`;
}
