export interface EtcdOptions {
  readonly dataDir: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** `host:port` of an OTLP/gRPC receiver; undefined: no spans. */
  readonly otlpGrpc?: string | undefined;
}

/** Flags of a single etcd on loopback. It syncs to disk as usual: this is people's state. */
export function etcdArgs({ dataDir, clientPort, peerPort, otlpGrpc }: EtcdOptions): string[] {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    '--name=default',
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--log-level=warn',
    // A rate of zero: only what belongs to a trace that somebody else has begun.
    ...(otlpGrpc === undefined ? [] : ['--enable-distributed-tracing', `--distributed-tracing-address=${otlpGrpc}`]),
  ];
}
