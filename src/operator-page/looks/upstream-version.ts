import type { UpstreamTransport } from '../../upstream/upstream-client.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { visibleText } from '../visible-text.ts';

const TIMEOUT_MS = 3_000;

/** The version that an upstream cluster says it has; so it is there, and knows the gateway. @throws Error when it does not answer */
export async function lookAtUpstream(client: Pick<UpstreamTransport, 'request'>): Promise<string> {
  const { status, body } = await client.request({ method: 'GET', path: '/version', timeoutMs: TIMEOUT_MS }).catch((thrown: unknown) => {
    throw thrown instanceof UpstreamError && thrown.cause instanceof Error ? thrown.cause : thrown;
  });
  if (status >= 500) throw new Error(`it answers /version with HTTP ${status}`);
  // It is there, and keeps it to itself.
  if (status !== 200) return `version not told (HTTP ${status})`;
  return visibleText(String((JSON.parse(body.toString()) as { gitVersion?: string }).gitVersion), 64);
}
