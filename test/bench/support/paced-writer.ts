import { stampText } from './event-stamp.ts';
import type { Http2Client } from './http2-client.ts';

/** Fewer than the streams that kube-apiserver allows on a connection. */
const MOST_IN_FLIGHT = 90;
const TICK_MS = 2;
/** Every so many events is an object made, the others are changes of one that every tenant has. */
const CREATE_EVERY = 5;
export const CHANGED_NAME = 'changed';

export interface Written {
  /** Numbers of the events whose writes were answered well. */
  readonly events: readonly number[];
  readonly failed: number;
  readonly seconds: number;
}

export function configMapsOf(tenantId: string): string {
  return `/api/v1/namespaces/${tenantId}-default/configmaps`;
}

/**
 * Writes ConfigMaps of random tenants straight at upstream, `rate` a second for so many seconds, each with a stamp. Where upstream
 * does not keep up it writes fewer: what is not sent in time is never sent. Event numbers begin at `firstEvent`.
 */
export async function writePaced(
  client: Http2Client,
  tenantIds: readonly string[],
  { rate, seconds, firstEvent }: { rate: number; seconds: number; firstEvent: number },
): Promise<Written> {
  const begun = performance.now();
  const endAt = begun + seconds * 1000;
  const events: number[] = [];
  let failed = 0;
  let sent = 0;
  let inFlight = 0;
  const write = async () => {
    const event = firstEvent + sent++;
    inFlight++;
    const isWritten = await writeOne(client, tenantIds[Math.floor(Math.random() * tenantIds.length)]!, event);
    inFlight--;
    if (isWritten) events.push(event);
    else failed++;
  };
  return new Promise((resolve, reject) => {
    const tick = setInterval(() => {
      const now = performance.now();
      const due = Math.min(rate * seconds, Math.floor(((now - begun) / 1000) * rate));
      while (now < endAt && sent < due && inFlight < MOST_IN_FLIGHT) write().catch(reject);
      if (inFlight > 0 || (now < endAt && sent < rate * seconds)) return;
      clearInterval(tick);
      resolve({ events, failed, seconds: (now - begun) / 1000 });
    }, TICK_MS);
  });
}

async function writeOne(client: Http2Client, tenantId: string, event: number): Promise<boolean> {
  const isNew = event % CREATE_EVERY === 0;
  const name = isNew ? `event-${event}` : CHANGED_NAME;
  const stamp = stampText({ event, tenantId, sentAt: process.hrtime.bigint() });
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { stamp } });
  const path = configMapsOf(tenantId);
  const { status } = isNew ? await client.request('POST', path, body) : await client.request('PUT', `${path}/${name}`, body);
  return status === 200 || status === 201;
}
