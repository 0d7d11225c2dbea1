import { Command } from 'commander';
import type { Hosts } from '../../launch/pki/hosts.ts';
import { examples } from '../examples.ts';
import { runAction } from '../run-action.ts';
import { hosts, httpsUrl } from './pki-options.ts';

interface SecretFlags {
  kubeconfig: string;
  namespace: string;
  name: string;
  gatewayHost: Hosts;
  bridgeHost?: Hosts;
  gatewayUrl: string;
  servingCa?: string;
}

/** `kubezoo pki secret`: what the Job of the Helm chart runs. */
export function secretCommand(): Command {
  const command = new Command('secret')
    .description('the same as `init`, in a Secret of a cluster: make what is missing, and renew what ends soon')
    .requiredOption('--kubeconfig <file>', 'of somebody who may get, create and patch it')
    .requiredOption('--namespace <name>', 'where the Secret is')
    .requiredOption('--name <name>', 'of the Secret')
    .requiredOption('--gateway-host <hosts>', 'names and addresses by which clients reach the gateway, parted by commas', hosts)
    .option('--bridge-host <hosts>', 'those by which upstream reaches the admission bridge (default: loopback)', hosts)
    .requiredOption('--gateway-url <url>', "for the operator's kubeconfig", httpsUrl)
    .option('--serving-ca <file>', 'PEM file of the CA that signed what clients are shown, where that is not made here')
    .action(({ kubeconfig, gatewayHost, bridgeHost, servingCa, ...rest }: SecretFlags) =>
      runAction(async () => {
        const { keepPkiSecret } = await import('../../launch/pki/pki-secret.ts');
        const { connectUpstream } = await import('../../upstream/connect-upstream.ts');
        const client = connectUpstream(kubeconfig);
        try {
          const choice = { ...rest, gatewayHosts: gatewayHost, bridgeHosts: bridgeHost, servingCaFile: servingCa };
          const written = await keepPkiSecret(client, choice);
          const where = `the Secret ${rest.namespace}/${rest.name}`;
          console.log(written.length > 0 ? `written into ${where}: ${written.join(', ')}` : `${where} has all that it needs`);
        } finally {
          client.close();
        }
      }),
    );
  command.addHelpText('after', '\nA CA that is there stays, whatever else is missing. It never ends a Secret, nor takes a key out of one.');
  return examples(command, [
    [
      "as the chart's Job does",
      'kubezoo pki secret --kubeconfig in-cluster.kubeconfig --namespace kubezoo --name kubezoo-pki --gateway-host k8s.example.org --gateway-url https://k8s.example.org',
    ],
  ]);
}
