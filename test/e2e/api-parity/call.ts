import type { KubeAnswer, KubeClient } from '../../../src/launch/kube/kube-client.ts';

/** One request, and what came of it. */
export interface Call {
  readonly title: string;
  readonly answer: KubeAnswer;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly text?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

/** Sends requests one after the other and keeps their answers under their titles. */
export class Caller {
  readonly calls: Call[] = [];
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async call(title: string, method: string, path: string, options: CallOptions = {}): Promise<KubeAnswer> {
    const answer = await this.#client.request(method, path, options);
    this.calls.push({ title, answer });
    return answer;
  }

  /** Asks without keeping the answer. */
  ask(method: string, path: string, options: CallOptions = {}): Promise<KubeAnswer> {
    return this.#client.request(method, path, options);
  }
}
