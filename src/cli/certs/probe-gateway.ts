import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:tls';
import type { KeyedCertificate } from '../../certs/authority.ts';
import type { Home } from '../../launch/state/home.ts';

const TIMEOUT_MS = 5_000;

/** The gateway's URL, when something listens there. */
export async function runningGateway(home: Home): Promise<URL | undefined> {
  if (!existsSync(home.endpoints)) return undefined;
  const url = new URL((JSON.parse(readFileSync(home.endpoints, 'utf8')) as { gateway: string }).gateway);
  return (await shownFingerprint(url)) === undefined ? undefined : url;
}

/** SHA-256 of the certificate that the gateway shows at this moment; undefined when nobody answers. */
export async function shownFingerprint(gateway: URL): Promise<string | undefined> {
  // Only looked at, nothing is said over it.
  const socket = connect({ host: gateway.hostname, port: Number(gateway.port), rejectUnauthorized: false, timeout: TIMEOUT_MS });
  socket.once('timeout', () => socket.destroy(new Error('no handshake in time')));
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** Whether the gateway lets a client with this certificate in; who the client is, is another question. */
export function acceptsClient(gateway: URL, { certificatePem, keyPem }: KeyedCertificate, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { cert: certificatePem, key: keyPem, ca, agent: false, timeout: TIMEOUT_MS };
    const probe = request(new URL('/version', gateway), options, (response) => {
      response.resume();
      resolve(true);
    });
    // With TLS 1.3 a refusal comes after the handshake, in the place of an answer.
    probe.once('error', () => resolve(false)).once('timeout', () => probe.destroy(new Error('no answer in time')));
    probe.end();
  });
}
