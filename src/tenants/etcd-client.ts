import { setTimeout as delay } from 'node:timers/promises';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Etcd3, type IOptions } from 'etcd3';
import { StoreError } from './store.ts';

/** A call that got no answer in this time failed: a partitioned or stopped etcd must not hold a request for ever. */
const CALL_TIMEOUT_MS = 5_000;
const RETRY_READ_MS = 100;

/** Asks the member to end the stream when it sees no leader: a partitioned member would else stay silent or serve the past. */
const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });

/** While etcd restarts a call waits for it, up to its deadline, instead of failing at once. */
const waitForReady: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.setOptions({ waitForReady: true });
      next(metadata, listener);
    },
  });

type FaultHandling = NonNullable<IOptions['faultHandling']>;
type Policy = NonNullable<FaultHandling['global']>;

/**
 * The library's own policies are switched off. Its retry repeats a transaction whose outcome is unknown, and its circuit
 * breaker keeps a recovered etcd out for five seconds.
 */
const callOnce = {
  execute: async (call: (context: { signal: AbortSignal }) => unknown) => call({ signal: new AbortController().signal }),
} as unknown as Policy;

/** A client of etcd; `endpoints` are URLs (`http://127.0.0.1:2379`). Connects when first used. */
export function connectEtcd(endpoints: readonly string[]): Etcd3 {
  return new Etcd3({
    hosts: [...endpoints],
    faultHandling: { host: () => callOnce, global: callOnce },
    defaultCallOptions: (context) =>
      context.isStream ? { interceptors: [requireLeader] } : { deadline: Date.now() + CALL_TIMEOUT_MS, interceptors: [waitForReady] },
    grpcOptions: {
      // A thousand events of a watch that catches up come in one message, and each tenant carries its kubeconfig.
      'grpc.max_receive_message_length': -1,
      // A connection for each of KV, watch and lease, so that one found dead can be replaced.
      'grpc.use_local_subchannel_pool': 1,
      // gRPC's default grows to two minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // Not below etcd's --grpc-keepalive-min-time of 5 s, at which it hangs up.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    },
  });
}

/** A read, again while etcd is away, for as long as a call may take. Never for a write: its outcome may be unknown. */
export async function readFromEtcd<T>(read: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + CALL_TIMEOUT_MS;
  for (;;) {
    try {
      return await read();
    } catch (thrown) {
      const error = toStoreError(thrown);
      if (error.reason !== 'Unavailable' || performance.now() > giveUpAt) throw error;
      await delay(RETRY_READ_MS);
    }
  }
}

/** What a call to etcd threw, as a StoreError. */
export function toStoreError(thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (message.includes('required revision has been compacted')) return new StoreError('Expired', message, { cause: thrown });
  return new StoreError('Unavailable', `etcd: ${message}`, { cause: thrown });
}
