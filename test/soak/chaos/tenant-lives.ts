import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type KubeAnswer, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { tenantKubeconfigAt } from '../../../src/launch/state/home.ts';
import type { Stack } from '../../helpers/stack.ts';
import type { Random } from '../random.ts';

const TENANTS_PATH = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
const AGAIN_MS = 200;
const REQUEST_TIMEOUT_MS = 15_000;
/** For each stage of a life, whatever is struck meanwhile. */
const STAGE_WITHIN_MS = 240_000;
/** Names of what tenants make begin so: not part of what a tenant is. */
export const USED = 'used-by-chaos';

/** Counts of what came to its end. */
export interface Lives {
  created: number;
  used: number;
  deleted: number;
  /** Answers by status; 0 for none. */
  readonly statuses: Map<number, number>;
  /** The first answer of each status that says neither that it is done nor to come again. */
  readonly odd: Map<number, string>;
}

export interface LivesOptions {
  readonly stack: Stack;
  /** URLs of the gateways: each request goes to any of them. */
  readonly gateways: readonly string[];
  readonly ids: readonly string[];
  readonly random: Random;
  /** Ends lives at the next stage, and leaves tenants as they are then. */
  readonly over: AbortSignal;
}

/** Tenants come, work and go, one life after the other for each id; resolves when the signal has ended them all. Throws when a stage takes too long. */
export async function liveTenants(options: LivesOptions, lives: Lives): Promise<void> {
  await Promise.all(options.ids.map((id) => new Life(options, lives, id).live()));
}

class Life {
  readonly #options: LivesOptions;
  readonly #lives: Lives;
  readonly #id: string;

  constructor(options: LivesOptions, lives: Lives, id: string) {
    this.#options = options;
    this.#lives = lives;
    this.#id = id;
  }

  async live(): Promise<void> {
    const { over, random } = this.#options;
    while (!over.aborted) {
      await this.#until('created', () => this.#asOperator('POST', TENANTS_PATH, this.#tenant()), [201, 409]);
      await this.#until('served', () => this.#asTenant('GET', '/api/v1/namespaces/default'), [200]);
      this.#lives.created += 1;
      await this.#use();
      this.#lives.used += 1;
      await delay(random.between(0, 5_000), undefined, { signal: over }).catch(() => {});
      // Some are left for the end, whole.
      if (over.aborted) return;
      await this.#until('deleted', () => this.#asOperator('DELETE', `${TENANTS_PATH}/${this.#id}`), [200, 202, 404]);
      await this.#until('gone', () => this.#asOperator('GET', `${TENANTS_PATH}/${this.#id}`), [404]);
      this.#lives.deleted += 1;
    }
  }

  async #use(): Promise<void> {
    const name = USED;
    const objects: [string, object][] = [
      ['/api/v1/namespaces', { metadata: { name } }],
      [`/api/v1/namespaces/${name}/configmaps`, { metadata: { name } }],
      ['/api/v1/namespaces/default/secrets', { metadata: { name } }],
      ['/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name } }],
      ['/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name }, value: 1, preemptionPolicy: 'Never' }],
    ];
    for (const [path, body] of objects) await this.#until(`used (${path})`, () => this.#asTenant('POST', path, body), [201, 409]);
  }

  #tenant(): object {
    return { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: this.#id }, spec: {} };
  }

  async #until(stage: string, ask: () => Promise<number>, wanted: readonly number[]): Promise<void> {
    const deadline = performance.now() + STAGE_WITHIN_MS;
    for (;;) {
      const status = await ask();
      this.#lives.statuses.set(status, (this.#lives.statuses.get(status) ?? 0) + 1);
      if (wanted.includes(status)) return;
      if (performance.now() > deadline)
        throw new Error(`tenant ${this.#id} was not ${stage} within ${STAGE_WITHIN_MS / 1000} s: ${status}`);
      await delay(AGAIN_MS);
    }
  }

  #asOperator(method: string, path: string, body?: object): Promise<number> {
    return this.#ask(readKubeconfig(this.#options.stack.kubeconfig('operator')), method, path, body);
  }

  async #asTenant(method: string, path: string, body?: object): Promise<number> {
    const file = tenantKubeconfigAt(this.#options.stack.home, this.#id);
    if (!existsSync(file)) return 0;
    return await this.#ask(readKubeconfig(file), method, path, body);
  }

  async #ask(cluster: Cluster, method: string, path: string, body?: object): Promise<number> {
    const client = new KubeClient({ ...cluster, server: this.#options.random.oneOf(this.#options.gateways) });
    const answer = await client
      .request(method, path, { body, timeoutMs: REQUEST_TIMEOUT_MS })
      .catch((): KubeAnswer | undefined => undefined);
    client.close();
    const { status = 0, body: text = '' } = answer ?? {};
    const { odd } = this.#lives;
    if (status >= 400 && ![404, 409, 503].includes(status) && !odd.has(status)) odd.set(status, `${method} ${path}: ${text.slice(0, 500)}`);
    return status;
  }
}
