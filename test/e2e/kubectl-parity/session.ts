import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cluster, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { type KubectlOptions, type Outcome, type RunningKubectl, runKubectl, startKubectl } from './run-kubectl.ts';
import { type Step, splitCommand, titleOf } from './step.ts';

/** The manifests are kubectl's working directory: the commands read as one would type them. */
const MANIFESTS = fileURLToPath(new URL('manifests', import.meta.url));
const STEP_TIMEOUT_MS = 60_000;
const BACKGROUND_TIMEOUT_MS = 180_000;
const UNTIL_TIMEOUT_MS = 45_000;
const POLL_MS = 150;

export interface SessionOptions {
  readonly kubectl: string;
  /** A folder of its own, for kubectl's HOME and cache. */
  readonly home: string;
  readonly kubeconfig: string;
  /** Where the bearer of a token goes. */
  readonly bearer: Pick<Cluster, 'server' | 'ca'>;
  /** All URLs that kubectl is pointed at. */
  readonly servers: readonly string[];
  /** A namespace of somebody else's, and the session's own one in upstream's spelling. */
  readonly foreign: string;
  readonly own: string;
  /** Told which step is about to run. */
  readonly onStep?: (step: Step) => void;
}

/** The same person at the same terminal: runs steps one after the other. */
export class Session {
  readonly options: SessionOptions;
  readonly outcomes = new Map<Step, Outcome>();
  readonly #background = new Map<string, RunningKubectl>();
  readonly #tokenKubeconfig: string;

  constructor(options: SessionOptions) {
    this.options = options;
    this.#tokenKubeconfig = join(options.home, 'limited.kubeconfig');
    mkdirSync(options.home, { recursive: true });
  }

  /** Runs all of them, whatever each comes to. */
  async run(steps: readonly Step[]): Promise<void> {
    try {
      for (const step of steps) {
        this.options.onStep?.(step);
        this.outcomes.set(step, await this.#runOne(step));
      }
    } finally {
      for (const running of this.#background.values()) await running.end();
    }
  }

  /** @throws Error for a step that did not run */
  outcomeOf(step: Step): Outcome {
    const outcome = this.outcomes.get(step);
    if (!outcome) throw new Error(`${titleOf(step)} did not run`);
    return outcome;
  }

  async #runOne(step: Step): Promise<Outcome> {
    if (step.collects) return this.#collect(step, step.collects);
    if (step.background) {
      const running = startKubectl(this.#kubectl(step));
      this.#background.set(step.background, running);
      if (step.until) await running.until(step.until, UNTIL_TIMEOUT_MS).catch(() => undefined);
      return { stdout: '', stderr: '', code: 0 };
    }
    const outcome = step.until ? await this.#runUntil(step, step.until) : await runKubectl(this.#kubectl(step));
    if (step.savesToken) this.#saveToken(outcome.stdout.trim());
    return outcome;
  }

  async #runUntil(step: Step, pattern: RegExp): Promise<Outcome> {
    const deadline = Date.now() + UNTIL_TIMEOUT_MS;
    while (true) {
      const outcome = await runKubectl(this.#kubectl(step));
      if (pattern.test(outcome.stdout) || Date.now() > deadline) return outcome;
      await delay(POLL_MS);
    }
  }

  async #collect(step: Step, name: string): Promise<Outcome> {
    const running = this.#background.get(name);
    if (!running) throw new Error(`no step has started "${name}"`);
    this.#background.delete(name);
    const failure = step.until && (await running.until(step.until, UNTIL_TIMEOUT_MS).then(() => undefined, String));
    const outcome = await running.end();
    return failure ? { ...outcome, stderr: `${outcome.stderr}\n${failure}` } : outcome;
  }

  #kubectl(step: Step): KubectlOptions {
    const { home, kubectl, foreign, own } = this.options;
    const kubeconfig = step.as === 'limited' ? this.#tokenKubeconfig : this.options.kubeconfig;
    const words = splitCommand(step.command.replaceAll('{foreign}', foreign).replaceAll('{own}', own));
    return {
      binary: kubectl,
      args: [`--kubeconfig=${kubeconfig}`, ...words],
      cwd: MANIFESTS,
      env: { PATH: process.env.PATH ?? '', HOME: home, KUBECACHEDIR: join(home, 'cache'), TZ: 'UTC', LC_ALL: 'C.UTF-8', ...step.env },
      stdin: step.stdin,
      timeoutMs: step.background ? BACKGROUND_TIMEOUT_MS : STEP_TIMEOUT_MS,
    };
  }

  #saveToken(token: string): void {
    writeFileSync(this.#tokenKubeconfig, renderKubeconfig({ ...this.options.bearer, token }, 'limited'), { mode: 0o600 });
  }
}
