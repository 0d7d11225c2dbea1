import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';

const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 4 * STREAM_WINDOW;

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One HTTP/2 connection to an apiserver, its requests sent as they are. */
export class Http2Client {
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  /** Resolves when the connection is there. */
  static async open({ server, ca, clientCert, clientKey }: Cluster): Promise<Http2Client> {
    const settings = { initialWindowSize: STREAM_WINDOW, enablePush: false };
    const session = connect(server, { ca, ...(clientCert && clientKey && { cert: clientCert, key: clientKey }), settings });
    await once(session, 'connect');
    session.setLocalWindowSize(CONNECTION_WINDOW);
    // Each request of the connection fails with it and says so.
    session.on('error', () => {});
    return new Http2Client(session);
  }

  /** Resolves with the answer's head and the stream that its body comes from. */
  async stream(path: string): Promise<{ status: number; stream: ClientHttp2Stream }> {
    const stream = this.#session.request({ ':path': path, accept: 'application/json', 'user-agent': 'kubezoo-bench' });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }];
    return { status: headers[':status'] ?? 0, stream };
  }

  /** `body` is JSON already. */
  async request(method: string, path: string, body?: string): Promise<Http2Answer> {
    const stream = this.#session.request(
      {
        ':method': method,
        ':path': path,
        accept: 'application/json',
        'user-agent': 'kubezoo-bench',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error(`${method} ${path}: cut off (${stream.rstCode})`);
    return { status: headers[':status'] ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') };
  }

  close(): void {
    this.#session.destroy();
  }
}
