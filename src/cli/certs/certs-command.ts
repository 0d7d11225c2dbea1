import { Command, Option } from 'commander';
import { defaultHome } from '../../launch/state/home.ts';
import { runAction } from '../run-action.ts';

interface CertsFlags {
  home: string;
  output?: 'json';
  kubeconfig?: string;
  upstream?: string;
  finish?: true;
}

/** `kubezoo certs …`: the platform's own keys in a state folder, replaced while everything runs. See docs/rotation.md. */
export function certsCommand(): Command {
  const certs = new Command('certs').description("show and replace the platform's own certificates, in a state folder");
  const rotate = certs.command('rotate').description('replace certificates while everything runs');
  const command = (parent: Command, usage: string, description: string) =>
    parent.command(usage).description(description).option('--home <dir>', 'state folder', defaultHome());

  command(certs, 'status', 'show who each certificate is for, who signed it and when it ends')
    .addOption(new Option('-o, --output <format>', 'instead of a table').choices(['json']))
    .action(({ home, output }: CertsFlags) => runAction(async () => (await import('./print-status.ts')).printStatus(home, output)));
  command(rotate, 'serving', 'the certificates that the gateway shows to clients, and to upstream when it calls webhooks').action(
    ({ home }: CertsFlags) => runAction(async () => (await import('./rotate-serving.ts')).rotateServing(home)),
  );
  command(rotate, 'upstream', 'the certificates with which the gateway and the controller work upstream')
    .option('--kubeconfig <file>', 'with a cluster that was given: a kubeconfig of it that holds the new credential')
    .option('--upstream <name>', 'of this cluster, not of the first')
    .action(({ home, ...choice }: CertsFlags) =>
      runAction(async () => (await import('./rotate-upstream.ts')).rotateUpstream(home, choice)),
    );
  command(rotate, 'client-ca', "the CA of tenants' certificates: both are trusted until --finish")
    .option('--finish', 'trust the former CA no more: what it signed is worth nothing from then on')
    .action(({ home, finish }: CertsFlags) =>
      runAction(async () => {
        const { finishClientCa, rotateClientCa } = await import('./rotate-client-ca.ts');
        await (finish ? finishClientCa(home) : rotateClientCa(home));
      }),
    );
  return certs;
}
