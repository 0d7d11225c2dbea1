import { choosePort } from '../../../../src/launch/state/choose-port.ts';

/**
 * Below the ports that systems give to outgoing connections: a client that tries again and again to reach a server that is being
 * restarted would now and then get the server's own port for its end, be connected with itself, and keep the server from it.
 */
export function freePort(): Promise<number> {
  return choosePort({ ports: {} }, 'test');
}
