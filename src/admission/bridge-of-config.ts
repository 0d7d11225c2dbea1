import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';

const MIN_KEY_BYTES = 32;

/** What the configuration says of the bridge. Throws an Error for a key that is too short. */
export function bridgeOfConfig(config: NonNullable<Config['admissionBridge']>): BridgeAddress {
  const key = readFileSync(config.proofKeyFile);
  if (key.length < MIN_KEY_BYTES) throw new Error(`${config.proofKeyFile}: a key of ${MIN_KEY_BYTES} bytes at least is needed`);
  return { url: config.url.replace(/\/+$/, ''), caPem: readFileSync(config.caFile, 'utf8'), key };
}
