/** A few keys beside the tenants', compared before they are written: bookkeeping that all replicas share. */
import type { Etcd3 } from 'etcd3';
import { connectEtcd, readFromEtcd, toStoreError } from './etcd-client.ts';
import type { EtcdStoreOptions } from './etcd-store.ts';
import { grantLease } from './held-lease.ts';

export interface StoredKey {
  /** Without the product's prefix. */
  readonly key: string;
  readonly value: string;
  /** Of the last write. */
  readonly revision: string;
  readonly createRevision: string;
}

/** All methods throw StoreError. Keys are given without the product's prefix. */
export interface KeyStore {
  get(key: string): Promise<StoredKey | undefined>;
  /** All keys that begin so, as they were at one moment. */
  list(prefix: string): Promise<StoredKey[]>;
  /** @param revision that the key must have; undefined: it must not be there. False: it is otherwise, nothing was written. */
  put(key: string, value: string, revision: string | undefined): Promise<boolean>;
  delete(prefix: string): Promise<void>;
  /** A key that goes when it is let go, or this process ends. */
  hold(key: string, ttlSeconds: number): Promise<HeldKey>;
  close(): void;
}

export interface HeldKey {
  readonly createRevision: string;
  /** Never throws. */
  release(): Promise<void>;
}

export function openEtcdKeys({ endpoints, security, prefix }: Pick<EtcdStoreOptions, 'endpoints' | 'security' | 'prefix'>): KeyStore {
  const client = connectEtcd(endpoints, security);
  const keyOf = (key: string) => Buffer.from(prefix + key);
  return {
    async get(key) {
      const { kvs } = await readFromEtcd(() => client.kv.range({ key: keyOf(key) }));
      return kvs.map((kv) => toStoredKey(kv, prefix))[0];
    },
    async list(start) {
      const { kvs } = await readFromEtcd(() => client.kv.range({ key: keyOf(start), range_end: behindPrefix(keyOf(start)) }));
      return kvs.map((kv) => toStoredKey(kv, prefix));
    },
    async put(key, value, revision) {
      const place = keyOf(key);
      const compare =
        revision === undefined
          ? ({ key: place, target: 'Create', result: 'Equal', create_revision: '0' } as const)
          : ({ key: place, target: 'Mod', result: 'Equal', mod_revision: revision } as const);
      const success = [{ request_put: { key: place, value: Buffer.from(value) } }];
      const answer = await client.kv.txn({ compare: [compare], success, failure: [] }).catch((thrown: unknown) => {
        throw toStoreError(thrown);
      });
      return answer.succeeded;
    },
    async delete(start) {
      await client.kv.deleteRange({ key: keyOf(start), range_end: behindPrefix(keyOf(start)) }).catch((thrown: unknown) => {
        throw toStoreError(thrown);
      });
    },
    hold: (key, ttlSeconds) => hold(client, keyOf(key), ttlSeconds),
    close: () => client.close(),
  };
}

async function hold(client: Etcd3, key: Buffer, ttlSeconds: number): Promise<HeldKey> {
  try {
    const lease = await grantLease(client, ttlSeconds);
    try {
      const { header } = await client.kv.put({ key, value: Buffer.alloc(0), lease: lease.id });
      return { createRevision: header.revision, release: () => lease.release('let go') };
    } catch (thrown) {
      await lease.release('not written');
      throw thrown;
    }
  } catch (thrown) {
    throw toStoreError(thrown);
  }
}

function toStoredKey(kv: { key: Buffer; value: Buffer; mod_revision: string; create_revision: string }, prefix: string): StoredKey {
  return {
    key: kv.key.toString().slice(prefix.length),
    value: kv.value.toString(),
    revision: kv.mod_revision,
    createRevision: kv.create_revision,
  };
}

/** Of a text that ends in ASCII: the first key that sorts behind all that begin with it. */
function behindPrefix(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}
