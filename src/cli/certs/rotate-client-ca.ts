/**
 * A new CA for tenants' certificates, in an order in which nobody is ever shut out: first it is trusted, then it signs, and when everybody has
 * a certificate of it, `--finish` ends the former one. Each phase is one replacement of the files, so a command that was cut off is simply
 * given again:
 *
 *             ca.crt, ca.key   trusted-clients.crt   beside
 *   before    old              old
 *   prepared  old              old, new              next-ca.*
 *   signing   new              new, old              former-ca.crt, former-probe.*
 *   finished  new              new
 */
import { X509Certificate } from 'node:crypto';
import { createAuthority, type KeyedCertificate } from '../../certs/authority.ts';
import { issueCertificate } from '../../certs/issue-certificate.ts';
import { readKubeconfig, renderKubeconfig } from '../../launch/kube/kubeconfig.ts';
import { renewedKeys } from '../../launch/pki/ensure-certificate.ts';
import { readKeyFolder, replaceKeys } from '../../launch/pki/key-folder.ts';
import { OPERATOR } from '../../launch/stack/gateway-pki.ts';
import { type Home, homeAt } from '../../launch/state/home.ts';
import { writeSecretFile } from '../../launch/state/write-secret-file.ts';
import { waitUntil } from '../../launch/wait-until.ts';
import { CommandError } from '../tenant/command-error.ts';
import { acceptsClient, runningGateway } from './probe-gateway.ts';
import { tenantsOfOtherCas } from './tenants-of-other-cas.ts';
import { withKeysLocked } from './with-keys-locked.ts';

const IN_FORCE_MS = 30_000;
/** For a thousand tenants and more: each is a write to etcd. */
const RENEWED_MS = 600_000;

export async function rotateClientCa(folder: string): Promise<void> {
  const home = homeAt(folder);
  await withKeysLocked(home, async () => {
    const files = readKeyFolder(home.pkiDir);
    if (files.has('former-ca.crt')) throw new CommandError('error: a rotation is under way: end it first with --finish');
    const gateway = await runningGateway(home);
    if (!gateway) throw new CommandError('error: the gateway does not run: nobody would see whether it trusts the new CA');

    const next = nextAuthority(files) ?? (await createAuthority({ commonName: 'kubezoo-tenants' }));
    const current = required(files, 'ca');
    replaceKeys(home.pkiDir, {
      'next-ca.crt': next.certificatePem,
      'next-ca.key': next.keyPem,
      'trusted-clients.crt': current.certificatePem + next.certificatePem,
    });
    const probe = await issueProbe(next);
    const servingCa = required(files, 'serving-ca').certificatePem;
    await waitUntil('the gateway to trust the new CA', () => acceptsClient(gateway, probe, servingCa), { timeoutMs: IN_FORCE_MS });
    console.log('the gateway trusts the new CA beside the former one');

    await signWith(home, next, current);
    await waitUntil("all tenants' kubeconfigs to be made anew", async () => (await tenantsOfOtherCas(home)).length === 0, {
      timeoutMs: RENEWED_MS,
    });
    console.log(`all tenants have kubeconfigs of the new CA (${home.tenantsDir}, kubezoo tenant kubeconfig ID)`);
    console.log('certificates of the former CA work until: kubezoo certs rotate client-ca --finish');
  });
}

/** Throws a CommandError, and changes nothing, while a tenant would be left without a certificate. */
export async function finishClientCa(folder: string): Promise<void> {
  const home = homeAt(folder);
  await withKeysLocked(home, async () => {
    const files = readKeyFolder(home.pkiDir);
    if (!files.has('former-ca.crt')) throw new CommandError('error: there is nothing to finish: no rotation of the client CA is under way');
    const gateway = await runningGateway(home);
    if (!gateway) throw new CommandError('error: the gateway does not run: nobody would see who still needs the former CA');
    const left = await tenantsOfOtherCas(home);
    if (left.length > 0) throw new CommandError(`error: the kubeconfigs of these tenants are of the former CA: ${left.join(', ')}`);
    const probe = required(files, 'former-probe');
    replaceKeys(home.pkiDir, { 'trusted-clients.crt': required(files, 'ca').certificatePem });
    const servingCa = required(files, 'serving-ca').certificatePem;
    await waitUntil('the gateway to refuse the former CA', async () => !(await acceptsClient(gateway, probe, servingCa)), {
      timeoutMs: IN_FORCE_MS,
    });
    replaceKeys(home.pkiDir, { 'former-ca.crt': undefined, 'former-probe.crt': undefined, 'former-probe.key': undefined });
    console.log('certificates of the former CA are refused; connections that are open with one go on until they end');
  });
}

/** The operator's own certificate is made here, with the CA: whoever finds that one finds this one. */
async function signWith(home: Home, next: KeyedCertificate, former: KeyedCertificate): Promise<void> {
  const operator = await renewedKeys(next, 'operator', OPERATOR);
  const probe = await issueProbe(former);
  replaceKeys(home.pkiDir, {
    ...operator,
    'ca.crt': next.certificatePem,
    'ca.key': next.keyPem,
    'former-ca.crt': former.certificatePem,
    'former-probe.crt': probe.certificatePem,
    'former-probe.key': probe.keyPem,
    'trusted-clients.crt': next.certificatePem + former.certificatePem,
    'next-ca.crt': undefined,
    'next-ca.key': undefined,
  });
  const cluster = readKubeconfig(home.operatorKubeconfig);
  const renewed = { ...cluster, clientCert: operator['operator.crt']!, clientKey: operator['operator.key']! };
  writeSecretFile(home.operatorKubeconfig, renderKubeconfig(renewed, 'operator'));
}

/** Names nobody: the gateway lets it in and answers 401. */
function issueProbe(authority: KeyedCertificate): Promise<KeyedCertificate> {
  return issueCertificate(authority, { commonName: 'probe', client: true, days: 365 });
}

/** Left by a command that was cut off. */
function nextAuthority(files: ReadonlyMap<string, string>): KeyedCertificate | undefined {
  const isThere = files.has('next-ca.crt') && files.has('next-ca.key');
  return isThere && new X509Certificate(files.get('next-ca.crt')!).ca ? required(files, 'next-ca') : undefined;
}

function required(files: ReadonlyMap<string, string>, name: string): KeyedCertificate {
  const [certificatePem, keyPem] = [files.get(`${name}.crt`), files.get(`${name}.key`)];
  if (certificatePem === undefined || keyPem === undefined) throw new CommandError(`error: ${name}.crt or ${name}.key is missing`);
  return { certificatePem, keyPem };
}
