import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { Cluster } from '../../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../../src/launch/wait-until.ts';
import { openExchange } from '../../../helpers/open-exchange.ts';
import { readFrames } from '../../../helpers/protobuf-text.ts';
import { acceptOf, type Item, isProtobuf, itemOf, stateOf } from './forms.ts';
import { LEAK, type ListChoices } from './read-list.ts';

export interface Change extends Item {
  readonly type: string;
}

export interface SeenEvent extends Change {
  /** As JSON, whatever the form. */
  // biome-ignore lint/suspicious/noExplicitAny: any object, a Table or a Status
  readonly object: any;
}

export interface CollectionWatch {
  readonly response: IncomingMessage;
  /** So far, in order. */
  readonly events: readonly SeenEvent[];
  /** The same without bookmarks and errors. */
  changes(): SeenEvent[];
  bookmarks(): SeenEvent[];
  /** How the answer ended: as an answer ends, or cut. */
  readonly ended: Promise<'ended' | 'cut'>;
  isOver(): boolean;
  /** Something of another tenant's or the platform's that was among the bytes. */
  leak(): string | undefined;
  /** Reads nothing any more, until `resume`: what comes is left to the network. */
  pause(): void;
  resume(): void;
  waitFor(type: string, key: string): Promise<SeenEvent>;
  close(): void;
}

const MEDIA_TYPES = { json: /^application\/json(;stream=watch)?$/, protobuf: /^application\/vnd\.kubernetes\.protobuf;stream=watch$/ };
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
/** Longer than anything that is looked for, and cut by two chunks. */
const OVERLAP = 32;

/** Opens a watch in any form; resolves when the answer has begun. @param path with its query, without `watch` */
export async function openCollectionWatch(
  cluster: Cluster,
  path: string,
  { form = 'JSON', headers = {} }: ListChoices = {},
): Promise<CollectionWatch> {
  const exchange = openExchange(cluster, `${path}${path.includes('?') ? '&' : '?'}watch=true`, {
    headers: { accept: acceptOf(form, false), ...headers },
    timeoutMs: 170_000,
  });
  const response = await exchange.response;
  if (response.statusCode !== 200) throw new Error(`watch ${path}: ${response.statusCode} ${(await exchange.answer()).body}`);
  assert.match(response.headers['content-type'] ?? '', MEDIA_TYPES[isProtobuf(form) ? 'protobuf' : 'json']);
  const events: SeenEvent[] = [];
  let leak: string | undefined;
  let overlap = '';
  let over = false;
  const read = isProtobuf(form) ? frameReader() : lineReader();
  response.on('data', (chunk: Buffer) => {
    const text = overlap + chunk.toString('latin1');
    leak ??= LEAK.exec(text)?.[0];
    overlap = text.slice(-OVERLAP);
    for (const { type, object } of read(chunk)) events.push({ type, object, ...itemOf(object) });
  });
  const ended = new Promise<'ended' | 'cut'>((resolve) => {
    // A cut answer is an error first; `close` comes in either case.
    response
      .on('error', () => {})
      .once('close', () => {
        over = true;
        resolve(response.complete ? 'ended' : 'cut');
      });
  });
  return {
    response,
    events,
    changes: () => events.filter(({ type }) => type !== 'BOOKMARK' && type !== 'ERROR'),
    bookmarks: () => events.filter(({ type }) => type === 'BOOKMARK'),
    ended,
    isOver: () => over,
    leak: () => leak,
    pause: () => response.pause(),
    resume: () => response.resume(),
    waitFor: (type, key) =>
      waitUntil(`${type} ${key}`, () => events.find((event) => event.type === type && event.key === key), {
        timeoutMs: 20_000,
        intervalMs: 20,
      }),
    close: exchange.cut,
  };
}

/** The event's type, object and state, for comparing. */
export function eventOf(event: Change): string {
  return `${event.type} ${stateOf(event)}`;
}

/** Whether it is the bookmark behind the initial events. */
export function endsInitialEvents({ type, object }: SeenEvent): boolean {
  const { metadata } = object.kind === 'Table' ? object.rows[0].object : object;
  return type === 'BOOKMARK' && metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
}

type Read = (chunk: Buffer) => { type: string; object: unknown }[];

function lineReader(): Read {
  let parts: Buffer[] = [];
  return (chunk) => {
    const end = chunk.lastIndexOf(10);
    if (end < 0) {
      parts.push(chunk);
      return [];
    }
    const whole = Buffer.concat([...parts, chunk.subarray(0, end)]).toString('utf8');
    parts = [chunk.subarray(end + 1)];
    return whole.split('\n').map((line) => JSON.parse(line));
  };
}

function frameReader(): Read {
  let left: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const { frames, rest } = readFrames(Buffer.concat([left, chunk]));
    left = rest;
    return frames;
  };
}
