import { connect, constants } from 'node:http2';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';

export interface SlowRead {
  /** Cancels the stream, as client-go does; the connection goes with it. */
  cut(): void;
  /** Resolves with the size of the body, in bytes. */
  readAll(): Promise<number>;
}

/** A GET over HTTP/2 whose body is not read: 64 KiB of it come, then the flow-control window is shut. Resolves with the head. */
export async function openSlowRead(cluster: Cluster, path: string): Promise<SlowRead> {
  const { server, ca, clientCert, clientKey } = cluster;
  const session = connect(server, {
    ca,
    ...(clientCert && clientKey && { cert: clientCert, key: clientKey }),
    settings: { initialWindowSize: 65_535 },
  });
  const stream = session.request({ ':path': path, accept: 'application/json' });
  await new Promise<void>((resolve, reject) => {
    session.once('error', reject);
    stream.once('error', reject).once('response', (headers) => {
      if (headers[':status'] === 200) resolve();
      else reject(new Error(`GET ${path}: ${headers[':status']}`));
    });
  });
  return {
    cut: () => {
      stream.close(constants.NGHTTP2_CANCEL);
      session.close();
    },
    readAll: async () => {
      let size = 0;
      for await (const chunk of stream) size += (chunk as Buffer).length;
      session.close();
      return size;
    },
  };
}
