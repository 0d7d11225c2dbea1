import { type Check, type Finding, ok, warning } from '../check.ts';

/** Certificates, leases and ages are compared across machines. */
const TOLERATED_MS = 2_000;
const TIMEOUT_MS = 5_000;

export const clocks: Check = {
  name: 'clocks',
  title: 'clocks',
  about: "upstream and etcd have this machine's time, within 2 s",
  async run({ config, upstreams }) {
    const clusters = upstreams.map((upstream) =>
      readClock(upstreams.length > 1 ? `upstream ${upstream.name}` : 'upstream', async () => {
        const { headers } = await upstream.controller.request({ method: 'GET', path: '/version' });
        return headers.date;
      }),
    );
    const members = config.etcdEndpoints.map((endpoint) =>
      readClock(endpoint, async () => {
        const answer = await fetch(`${endpoint}/version`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        await answer.arrayBuffer();
        return answer.headers.get('date') ?? undefined;
      }),
    );
    return Promise.all([...clusters, ...members]);
  },
};

async function readClock(who: string, ask: () => Promise<string | undefined>): Promise<Finding> {
  const sentAt = Date.now();
  const date = await ask();
  const receivedAt = Date.now();
  if (date === undefined || Number.isNaN(Date.parse(date))) return warning(`${who} does not tell its time`, 'compare it by hand');
  return judgeClock(who, skewOf(Date.parse(date), sentAt, receivedAt));
}

/**
 * How far another clock is certainly ahead (or, below 0, behind), in milliseconds; 0 where it may be right. A Date header leaves out
 * what is less than a second, and was written at some time between question and answer.
 */
export function skewOf(dateMs: number, sentAtMs: number, receivedAtMs: number): number {
  if (dateMs > receivedAtMs) return dateMs - receivedAtMs;
  const latest = dateMs + 999;
  return latest < sentAtMs ? latest - sentAtMs : 0;
}

export function judgeClock(who: string, skewMs: number): Finding {
  if (Math.abs(skewMs) <= TOLERATED_MS) return ok(`${who} has this machine's time`);
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return warning(
    `${who} is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`,
    'let NTP set both: certificates that are new or end soon would be refused',
  );
}
