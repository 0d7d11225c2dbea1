import { createServer } from 'node:net';
import { LaunchError } from '../launch-error.ts';
import type { Choices } from './choices.ts';
import { claimPort, isOwnPort } from './claim-port.ts';

/** Below the ports that systems give to outgoing connections, and below Kubernetes' node ports: still free at the next start, most likely. */
const LOWEST = 20_000;
const COUNT = 10_000;

/** A free loopback port for `purpose`, claimed: the one of the last start, else a new one, which is put into `choices`. */
export async function choosePort(choices: Choices, purpose: string): Promise<number> {
  const before = choices.ports[purpose];
  if (before !== undefined && (await isPortFree(before)) && claimPort(before)) return before;
  const taken = new Set(Object.values(choices.ports));
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (!taken.has(port) && (await isPortFree(port)) && !isOwnPort(port) && claimPort(port)) {
      choices.ports[purpose] = port;
      return port;
    }
  }
  throw new LaunchError(
    `No free loopback port was found for ${purpose}.`,
    `Ports ${LOWEST} to ${LOWEST + COUNT - 1} seem all to be in use.`,
  );
}

/** The gateway's port: the one asked for, which must be free; 0 chooses. */
export async function chooseGatewayPort(choices: Choices, asked: number): Promise<number> {
  if (asked === 0) return choosePort(choices, 'gateway');
  await checkGatewayPort(asked);
  if (!claimPort(asked)) throw inUse(asked);
  return asked;
}

/**
 * Asked again before Envoy starts: it shares a port (SO_REUSEPORT), without a word, with an Envoy that has been started meanwhile, and the
 * clients of each would find the other half of the time.
 *
 * @throws LaunchError when somebody listens there
 */
export async function checkGatewayPort(port: number): Promise<void> {
  if (await isPortFree(port)) return;
  throw inUse(port);
}

function inUse(port: number): LaunchError {
  return new LaunchError(`Port ${port} is in use.`, 'Choose another with --port N, or let one be chosen with --port 0.');
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
