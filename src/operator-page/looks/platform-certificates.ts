import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { type Config, upstreamsOf } from '../../config/config.ts';

/** One of the platform's own; of a file with several, the one that ends first. */
export interface CertificateSight {
  readonly what: string;
  /** Milliseconds of the epoch; undefined: it could not be read, `error` says why. */
  readonly endsAt?: number;
  readonly error?: string;
}

const TIMEOUT_MS = 3_000;

/** Those that the gateway shows, the CAs, and what gateway and controller are known by upstream where that is a certificate. */
export async function lookAtCertificates(config: Config): Promise<CertificateSight[]> {
  const file = (what: string, path: string) => sight(what, () => endOf(readFileSync(path, 'utf8')));
  const upstreams = upstreamsOf(config);
  return [
    await sight(`gateway, ${new URL(config.gatewayUrl).host}`, () => endOfServed(config)),
    await file("CA of tenants' certificates", config.clientCaFile),
    await file("CA of the gateway's certificate", config.servingCaFile),
    ...(config.admissionBridge ? [await file('admission bridge', config.admissionBridge.certFile)] : []),
    ...(await Promise.all(
      upstreams.flatMap(({ name, gatewayKubeconfig, controllerKubeconfig }) =>
        [['gateway', gatewayKubeconfig] as const, ['controller', controllerKubeconfig] as const]
          .filter(([, path]) => certificateIn(path) !== undefined)
          .map(([who, path]) => sight(`${who} at upstream ${name}`, () => endOf(certificateIn(path)!))),
      ),
    )),
  ];
}

async function sight(what: string, end: () => number | Promise<number>): Promise<CertificateSight> {
  try {
    return { what, endsAt: await end() };
  } catch (thrown) {
    return { what, error: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function endOf(pem: string): number {
  const found = [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)];
  if (found.length === 0) throw new Error('there is no certificate in it');
  return Math.min(...found.map(([one]) => new X509Certificate(one).validToDate.getTime()));
}

/** PEM; undefined for a user that is known by something else, and for a file that another user alone may read. */
function certificateIn(kubeconfigFile: string): string | undefined {
  try {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(kubeconfigFile);
    const { certData, certFile } = kubeconfig.getCurrentUser() ?? {};
    if (certData) return Buffer.from(certData, 'base64').toString();
    return certFile ? readFileSync(certFile, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** What clients really see, not what lies in a file. */
function endOfServed({ gatewayUrl }: Config): Promise<number> {
  const { hostname, port } = new URL(gatewayUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // Whether clients trust it is for `kubezoo doctor` to say.
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, timeout: TIMEOUT_MS });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(why));
    };
    socket
      .once('secureConnect', () => {
        const seen = socket.getPeerX509Certificate();
        socket.destroy();
        if (seen) resolve(seen.validToDate.getTime());
        else reject(new Error('it shows none'));
      })
      .once('error', (error) => fail(`no answer from here: ${error.message}`))
      .once('timeout', () => fail('no answer from here'));
  });
}
