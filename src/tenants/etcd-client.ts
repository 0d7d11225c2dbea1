import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Etcd3, type IOptions } from 'etcd3';
import { EtcdToken, isTokenRefused } from './etcd-token.ts';
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

/** How etcd is known, and how it knows us; PEM files. All left out: by plain HTTP, as nobody. */
export interface EtcdSecurity {
  /** Of the CA of etcd's certificate; without it the system's CAs are trusted. */
  readonly caFile?: string | undefined;
  /** For an etcd that asks for a client certificate. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** For an etcd with authentication. */
  readonly username?: string | undefined;
  /** Read again at each log-in: a password that is changed needs no restart. */
  readonly passwordFile?: string | undefined;
}

/**
 * The library's own policies are switched off. Its retry repeats a transaction whose outcome is unknown, and its circuit
 * breaker keeps a recovered etcd out for five seconds. A call that etcd did not look at for its token is made once more.
 */
function callOnce({ againWhen }: { againWhen: (thrown: unknown) => boolean }): Policy {
  type Call = (context: { signal: AbortSignal }) => Promise<unknown>;
  const execute = async (call: Call) => {
    const { signal } = new AbortController();
    try {
      return await call({ signal });
    } catch (thrown) {
      if (!againWhen(thrown)) throw thrown;
      return await call({ signal });
    }
  };
  return { execute } as unknown as Policy;
}

/**
 * A client of etcd; `endpoints` are URLs (`http://127.0.0.1:2379`), all of them http or all https. Connects when first used.
 * Throws when a file of `security` cannot be read.
 */
export function connectEtcd(endpoints: readonly string[], security: EtcdSecurity = {}): Etcd3 {
  const token = security.username === undefined ? undefined : new EtcdToken(() => logIn(endpoints, security));
  const streamInterceptors = token ? [token.interceptor, requireLeader] : [requireLeader];
  const callInterceptors = token ? [token.interceptor, waitForReady] : [waitForReady];
  const client = new Etcd3({
    ...commonOptions(endpoints, security),
    faultHandling: { host: () => callOnce({ againWhen: () => false }), global: callOnce({ againWhen: isTokenRefused }) },
    defaultCallOptions: (context) =>
      context.isStream ? { interceptors: streamInterceptors } : { deadline: Date.now() + CALL_TIMEOUT_MS, interceptors: callInterceptors },
  });
  // There is no other door: the library makes its own when it is constructed, and that one cannot be made to renew a watch's token.
  if (token) (client as unknown as { pool: { authenticator: Pick<EtcdToken, 'getMetadata'> } }).pool.authenticator = token;
  return client;
}

/** By a client of its own: on the other one each call would need a token first. */
async function logIn(endpoints: readonly string[], security: EtcdSecurity): Promise<string> {
  const client = new Etcd3({
    ...commonOptions(endpoints, security),
    defaultCallOptions: () => ({ deadline: Date.now() + CALL_TIMEOUT_MS }),
  });
  try {
    const password = readFileSync(security.passwordFile!, 'utf8').trim();
    return (await client.auth.authenticate({ name: security.username!, password })).token;
  } finally {
    client.close();
  }
}

function commonOptions(endpoints: readonly string[], { caFile, certFile, keyFile }: EtcdSecurity): IOptions {
  return {
    hosts: [...endpoints],
    ...((caFile || certFile) && {
      credentials: {
        // Undefined is the system's, whatever the library's types say.
        rootCertificate: (caFile && readFileSync(caFile)) as Buffer,
        ...(certFile && keyFile && { certChain: readFileSync(certFile), privateKey: readFileSync(keyFile) }),
      },
    }),
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
  };
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
