/** A list as the client gets it, made of items that come one by one. */
import type { ServerResponse } from 'node:http';
import type { StalledAnswers } from '../../limits/stalled-answers.ts';
import type { ListState } from './list-job.ts';

export interface ListMetadata {
  /** None of servers that have none. */
  readonly resourceVersion?: string;
  readonly continue?: string;
}

export interface ListWriter {
  /** Resolves when the client can take more. */
  add(items: readonly Buffer[]): Promise<void>;
  end(state: ListState, metadata: ListMetadata): void;
}

/** Resolves when the client has taken what it was sent. @throws the signal's reason, which has come where too many of the tenant's do not read */
export function drained(response: ServerResponse, signal: AbortSignal, stalled: StalledAnswers, tenantId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      goesOn();
      response.off('drain', go);
      signal.removeEventListener('abort', stop);
    };
    const go = (): void => {
      over();
      resolve();
    };
    const stop = (): void => {
      over();
      reject(signal.reason as Error);
    };
    let goesOn = (): void => {};
    if (signal.aborted) reject(signal.reason as Error);
    else {
      // The signal is that of the answer's end.
      goesOn = stalled.begin(tenantId, () => response.destroy());
      response.once('drain', go);
      signal.addEventListener('abort', stop, { once: true });
    }
  });
}
