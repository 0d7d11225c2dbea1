import type { Logger } from 'pino';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { CONFINE_POLICY_NAME } from '../policies/confine.ts';
import type { InClusterAddress } from '../policies/in-cluster.ts';
import type { Requeue } from '../reconcile.ts';
import { applyPlatform, isConfinementEnforced } from './install-platform.ts';

const PROBE_AGAIN_MS = 100;
/** What takes longer than this is a fault, to be seen in the log. */
const ENFORCED_WITHIN_MS = 15_000;

/** Keeps the platform's objects upstream, and knows whether tenants may be let in. */
export class PlatformKeeper {
  readonly #upstream: UpstreamClient;
  readonly #mutatingVersion: string | undefined;
  readonly #log: Logger;
  readonly #inCluster: InClusterAddress | undefined;
  #installed = false;
  #waitingSince: number | undefined;

  constructor(upstream: UpstreamClient, mutatingVersion: string | undefined, log: Logger, inCluster?: InClusterAddress) {
    this.#upstream = upstream;
    this.#mutatingVersion = mutatingVersion;
    this.#log = log;
    this.#inCluster = inCluster;
    if (!mutatingVersion)
      log.warn(
        'upstream serves no MutatingAdmissionPolicy: pods are not told of the gateway, only the gateway labels what tenants own, and a DeviceClass without selectors cannot be applied',
      );
  }

  /** Whether the policies were seen to work when it was last looked. */
  get installed(): boolean {
    return this.#installed;
  }

  /** To be asked again when it returns a time. Throws UpstreamError, and an Error when policies take no effect. */
  async reconcile(): Promise<Requeue> {
    await applyPlatform(this.#upstream, this.#mutatingVersion, this.#inCluster);
    const enforced = await isConfinementEnforced(this.#upstream);
    if (enforced === undefined) this.#log.warn('cannot tell whether the policies work: the controller may not impersonate upstream');
    this.#installed = enforced !== false;
    if (this.#installed) {
      this.#waitingSince = undefined;
      return undefined;
    }
    this.#waitingSince ??= performance.now();
    if (performance.now() - this.#waitingSince > ENFORCED_WITHIN_MS) throw new Error(`upstream does not enforce ${CONFINE_POLICY_NAME}`);
    return { retryAfterMs: PROBE_AGAIN_MS };
  }
}
