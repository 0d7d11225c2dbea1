/**
 * What is known of an exchange when it is over: for metrics, the request log, audit and the operator's page. In the tenant's own words;
 * no header's value but User-Agent, no body.
 */
import type { KubeError } from '../errors.ts';
import type { Caller } from '../identity/identify.ts';
import type { RequestInfo } from '../kube/request-info.ts';
import type { HeldRefusals } from '../limits/held.ts';
import type { TenantIdentity } from '../local/local-request.ts';
import type { Decision } from './decision.ts';
import type { RunPhase } from './exchange-trace.ts';

/**
 * - `whole`: to its end, or as far as the sidecar sees it (the local API's answers, upgrades).
 * - `refused`: by the gateway, with a Status.
 * - `cut`: by the gateway, after the answer had begun or because the tenant may not go on.
 * - `left`: by the client, or by Envoy.
 */
export type ExchangeEnd = 'whole' | 'refused' | 'cut' | 'left';

/** What the steps have found out by the time that one of them goes on or refuses. */
export interface Findings {
  caller?: Caller;
  request?: RequestInfo;
  /** What Envoy has refused of the same client since it was told to (limits/held.ts). */
  held?: HeldRefusals;
  /** Whom the caller acts as, where it may. */
  impersonated?: TenantIdentity;
}

export interface ExchangeRecord {
  /** As upstream's audit log, the local API and the client have it: a UUID of the gateway's making. */
  readonly auditId: string;
  /** Milliseconds of the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  /** As the client sent it, query included. Undefined: not even that could be read. */
  readonly method: string | undefined;
  readonly target: string | undefined;
  /** As the client sent it; undefined: it did not. */
  readonly userAgent: string | undefined;
  /** IP address of the connection's other end. */
  readonly clientAddress: string | undefined;
  /** Undefined: nobody known. */
  readonly caller: Caller | undefined;
  readonly impersonated: TenantIdentity | undefined;
  readonly tenantId: string | undefined;
  /** Undefined: refused before it was read, or the operator's. */
  readonly request: RequestInfo | undefined;
  readonly verb: Decision['verb'];
  readonly route: Decision['route'] | undefined;
  /** HTTP status; 0 where the answer was not seen. */
  readonly code: number;
  /** Why the gateway refused it. */
  readonly refusal: KubeError | undefined;
  /** Refusals before it that the sidecar learns of with it. */
  readonly held?: HeldRefusals | undefined;
  /** How many exchanges it stands for, where not for one. */
  readonly count?: number | undefined;
  readonly end: ExchangeEnd;
  /** Whose body could not be translated, for a reason that is no mistake of the client's; undefined: all could. */
  readonly untranslated: 'request' | 'response' | undefined;
  /** Bytes of bodies that the sidecar translated, as they came. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Seconds for each phase, by the names that traces have; a phase that came twice is summed. */
  readonly phases: ReadonlyMap<string, number>;
  /** W3C trace id, where it is sampled. */
  readonly traceId: string | undefined;
}

/** Measures phases, whether or not they are traced. */
export class PhaseClock {
  readonly seconds = new Map<string, number>();
  readonly #run: RunPhase;

  constructor(run: RunPhase) {
    this.#run = run;
  }

  readonly phase: RunPhase = (name, run) => {
    const startedAt = performance.now();
    const done = () => this.add(name, (performance.now() - startedAt) / 1000);
    let result: ReturnType<typeof run>;
    try {
      result = this.#run(name, run);
    } catch (thrown) {
      done();
      throw thrown;
    }
    if (result instanceof Promise) return result.finally(done) as typeof result;
    done();
    return result;
  };

  add(name: string, seconds: number): void {
    this.seconds.set(name, (this.seconds.get(name) ?? 0) + seconds);
  }
}
