import { InterceptingCall, type Interceptor, Metadata } from '@grpc/grpc-js';
import type { IWatchResponse } from 'etcd3';

/** What etcd says of a token that ended, that a restarted member does not know, or that is older than the last change of users and roles. */
const REFUSED = /invalid auth token|revision of auth store is old/;
/** In the place of etcd's own words: hearing those, the library would ask again without an end. */
const REFUSED_DETAILS = 'etcd refused the token of its user';

/**
 * The token of one etcd user, for all calls of a client. The library renews its token only when a single call is refused as invalid: a
 * process that does nothing but watch would open its watch with an ended token for ever, and any change of etcd's users and roles
 * would end every client. etcd's simple tokens end after five minutes without use (`--auth-token-ttl`), and with the member's process.
 */
export class EtcdToken {
  readonly #logIn: () => Promise<string>;
  #current: Promise<string> | undefined;
  #known: string | undefined;

  /** @param logIn asks etcd for a new token */
  constructor(logIn: () => Promise<string>) {
    this.#logIn = logIn;
  }

  /** What each call carries. Rejects as the log-in does; the next call tries anew. */
  async getMetadata(): Promise<Metadata> {
    const token = this.#current ?? this.#renew();
    const metadata = new Metadata();
    metadata.set('token', await token);
    return metadata;
  }

  /** Forgets a token that etcd has refused, so that the next call brings another. */
  readonly interceptor: Interceptor = (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _, next) => {
        const [used] = metadata.get('token');
        next(metadata, {
          onReceiveMetadata: (received, pass) => pass(received),
          // A watch is refused by a message, and its stream stays open.
          onReceiveMessage: (message: Partial<IWatchResponse> | undefined, pass) => {
            if (message?.canceled && isRefusal(message.cancel_reason ?? '')) this.#forget(used);
            pass(message);
          },
          onReceiveStatus: (status, pass) => {
            const refused = isRefusal(status.details);
            if (refused) this.#forget(used);
            pass(refused ? { ...status, details: REFUSED_DETAILS } : status);
          },
        });
      },
    });

  #renew(): Promise<string> {
    const asked = this.#logIn();
    this.#current = asked;
    asked.then(
      (token) => {
        this.#known = token;
      },
      () => {
        if (this.#current === asked) this.#current = undefined;
      },
    );
    return asked;
  }

  /** Calls that were under way together are refused together: only the first of them ends the token. */
  #forget(used: unknown): void {
    if (used === this.#known) this.#current = undefined;
  }
}

function isRefusal(text: string): boolean {
  return REFUSED.test(text);
}

/** Whether a call failed for its token alone. etcd has done nothing then: the call may be made again. */
export function isTokenRefused(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes(REFUSED_DETAILS);
}
