import { type Check, failure, ok } from '../check.ts';

const TIMEOUT_MS = 5_000;

/** The sidecar on this machine, at its own admin endpoint. */
export const sidecar: Check = {
  name: 'sidecar',
  title: 'sidecar',
  about: 'the sidecar on this machine is ready',
  async run({ config }) {
    const url = `http://${config.adminAddress}/readyz`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
    if (!answer)
      return [failure(`no answer from ${url}`, 'start it (kubezoo sidecar --config …), or see why it ended: its log is the place')];
    const text = (await answer.text()).trim();
    if (answer.ok) return [ok('ready')];
    return [failure(`not ready: ${text}`, 'it says what it waits for: etcd or upstream')];
  },
};
