import { X509Certificate } from 'node:crypto';
import { ensureAuthority } from '../../launch/pki/ensure-authority.ts';
import { renewedKeys } from '../../launch/pki/ensure-certificate.ts';
import { replaceKeys } from '../../launch/pki/key-folder.ts';
import { BRIDGE, SERVING } from '../../launch/stack/gateway-pki.ts';
import { homeAt } from '../../launch/state/home.ts';
import { waitUntil } from '../../launch/wait-until.ts';
import { runningGateway, shownFingerprint } from './probe-gateway.ts';
import { withKeysLocked } from './with-keys-locked.ts';

const TIMEOUT_MS = 30_000;

/** New keys and certificates, of the same CA, for the gateway and the admission bridge. Resolves when the gateway shows its own. */
export async function rotateServing(folder: string): Promise<void> {
  const home = homeAt(folder);
  await withKeysLocked(home, async () => {
    const gateway = await runningGateway(home);
    const authority = await ensureAuthority(home.pkiDir, 'kubezoo-gateway', 'serving-ca');
    const serving = await renewedKeys(authority, 'serving', SERVING);
    replaceKeys(home.pkiDir, { ...serving, ...(await renewedKeys(authority, 'admission-bridge', BRIDGE)) });
    const certificate = new X509Certificate(serving['serving.crt']!);
    if (!gateway) {
      console.log('serving certificate replaced; the gateway does not run, and takes it when it starts');
      return;
    }
    await waitUntil(
      'the gateway to show its new certificate',
      async () => (await shownFingerprint(gateway)) === certificate.fingerprint256,
      {
        timeoutMs: TIMEOUT_MS,
      },
    );
    console.log(`serving certificate replaced, and shown to new connections; it ends ${certificate.validToDate.toISOString()}`);
  });
}
