import type { Config } from './config.ts';

type EtcdConfig = Pick<Config, 'etcdEndpoints' | 'etcd' | 'etcdPrefix'>;

/** Where the product's keys are kept, and how etcd is reached. */
export interface EtcdOptions {
  readonly endpoints: readonly string[];
  readonly security: Config['etcd'];
  /** Of all keys, with its closing slash. */
  readonly prefix: string;
}

export function etcdOf({ etcdEndpoints, etcd, etcdPrefix }: EtcdConfig): EtcdOptions {
  return { endpoints: etcdEndpoints, security: etcd, prefix: etcdPrefix };
}
