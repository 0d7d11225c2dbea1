import { once } from 'node:events';
import { connect } from 'node:http2';
import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';

export interface WebSocketAnswer {
  readonly status: number;
  readonly protocol: string | undefined;
  /** Payloads of the server's frames, in order; without those that open, close or ping. */
  readonly messages: Buffer[];
}

const DATA: ReadonlySet<number> = new Set([0, 1, 2]);
const CLOSE = 8;

/** Opens a WebSocket over HTTP/2 (RFC 8441: an extended CONNECT), sends nothing, and reads until the server is done. */
export async function readWebSocketOverHttp2(cluster: Cluster, path: string, protocol: string): Promise<WebSocketAnswer> {
  const session = connect(cluster.server, { ca: cluster.ca, cert: cluster.clientCert, key: cluster.clientKey });
  try {
    const [settings] = await once(session, 'remoteSettings');
    if (!settings.enableConnectProtocol) throw new Error('the server takes no extended CONNECT');
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': path,
      ...(cluster.token && { authorization: `Bearer ${cluster.token}` }),
      'sec-websocket-version': '13',
      'sec-websocket-protocol': protocol,
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const over = new Promise<Error | undefined>((resolve) => {
      stream.once('end', () => resolve(undefined)).once('error', resolve);
    });
    const [headers] = await once(stream, 'response');
    const failure = await over;
    const frames = framesOf(Buffer.concat(chunks));
    // Behind its close frame upstream ends the connection, which Envoy passes on as a reset.
    if (failure && frames.at(-1)?.opcode !== CLOSE) throw failure;
    return {
      status: headers[':status'],
      protocol: headers['sec-websocket-protocol'],
      messages: frames.filter(({ opcode }) => DATA.has(opcode)).map(({ payload }) => payload),
    };
  } finally {
    session.destroy();
  }
}

/** RFC 6455, 5.2; a server masks nothing. */
function framesOf(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const opcode = bytes[at]! & 0x0f;
    let length = bytes[at + 1]! & 0x7f;
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    frames.push({ opcode, payload: bytes.subarray(at, at + length) });
    at += length;
  }
  return frames;
}
