import { KubeError } from '../errors.ts';
import type { HeaderView } from './headers.ts';

/** Whether the client wants to speak another protocol (WebSocket, SPDY/3.1) on this connection, by HTTP/1.1's way or by RFC 8441's. */
export function isUpgrade(headers: HeaderView): boolean {
  return headers.get('upgrade') !== undefined || headers.get(':protocol') !== undefined || headers.get(':method') === 'CONNECT';
}

/** Envoy shows an extended CONNECT as HTTP/1.1's upgrade, but makes up no key. */
export function isKeylessWebSocket(headers: HeaderView): boolean {
  const asked = headers.get('upgrade') ?? headers.get(':protocol');
  return asked?.toLowerCase() === 'websocket' && headers.get('sec-websocket-key') === undefined;
}

/** Objects are translated, and the bytes of an upgraded connection are nobody's to read. */
export function cannotUpgrade(): KubeError {
  return new KubeError('BadRequest', 'this request cannot be upgraded to another protocol');
}
