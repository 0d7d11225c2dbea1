import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { openExchange } from './open-exchange.ts';

export interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string } };
}

export interface OpenWatch {
  /** So far, in order. */
  readonly events: readonly WatchEvent[];
  /** Resolves when the answer is over, however that came about. */
  readonly ended: Promise<void>;
  readonly isOver: () => boolean;
  /** Resolves when an event for that object has come. */
  waitFor(objectName: string, type?: string): Promise<WatchEvent>;
  close(): void;
}

/** Opens a watch; resolves when the answer has begun. @param path with its query, without `watch` */
export async function openWatch(cluster: Cluster, path: string): Promise<OpenWatch> {
  const exchange = openExchange(cluster, `${path}${path.includes('?') ? '&' : '?'}watch=true`, { timeoutMs: 170_000 });
  const response = await exchange.response;
  if (response.statusCode !== 200) throw new Error(`watch ${path}: ${(await exchange.answer()).body}`);
  const events: WatchEvent[] = [];
  let over = false;
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop()!;
    for (const line of lines) events.push(JSON.parse(line) as WatchEvent);
  });
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    // A cut answer is an error first.
    response.on('error', end).once('close', end);
  });
  return {
    events,
    ended,
    isOver: () => over,
    waitFor: (objectName, type) =>
      waitUntil(
        `an event for ${objectName}`,
        () => events.find(({ object, type: seen }) => object.metadata.name === objectName && (type === undefined || seen === type)),
        { timeoutMs: 20_000, intervalMs: 20 },
      ),
    close: exchange.cut,
  };
}
