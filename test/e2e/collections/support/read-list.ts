import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Cluster } from '../../../../src/launch/kube/kubeconfig.ts';
import { openExchange } from '../../../helpers/open-exchange.ts';
import { readProtobuf } from '../../../helpers/protobuf-text.ts';
import { acceptOf, type Form, type Item, isProtobuf, itemOf } from './forms.ts';

/** What a tenant must never read, in any byte of an answer. */
export const LEAK = /demo0[12]|kubezoo[:.]/;

/** The answer to a list, whatever its form. */
export interface Listed {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The answer as JSON, whatever its form was. */
  // biome-ignore lint/suspicious/noExplicitAny: a list, a Table or a Status
  readonly body: any;
  /** As it came over the wire, a character a byte. */
  readonly raw: string;
  /** In the answer's order. */
  readonly items: readonly Item[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
  readonly remainingItemCount: number | undefined;
}

export interface ListChoices {
  readonly form?: Form;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Resolves whatever the status is. */
export async function askList(cluster: Cluster, path: string, { form = 'JSON', headers = {} }: ListChoices = {}): Promise<Listed> {
  const exchange = openExchange(cluster, path, { headers: { accept: acceptOf(form, true), ...headers } });
  const response = await exchange.response;
  const bytes = await buffer(response);
  const isBinary = response.headers['content-type']?.startsWith('application/vnd.kubernetes.protobuf');
  const body = isBinary ? readProtobuf(bytes) : JSON.parse(bytes.toString('utf8'));
  const metadata = body.metadata ?? {};
  const count = metadata.remainingItemCount;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    raw: bytes.toString('latin1'),
    items: (body.items ?? body.rows ?? []).map(itemOf),
    resourceVersion: metadata.resourceVersion ?? '',
    continue: metadata.continue || undefined,
    remainingItemCount: count === undefined ? undefined : Number(count),
  };
}

/** As `askList`; the answer has to be a list, and in the form that was asked for. */
export async function readList(cluster: Cluster, path: string, choices: ListChoices = {}): Promise<Listed> {
  const listed = await askList(cluster, path, choices);
  const { form = 'JSON' } = choices;
  assert.equal(listed.status, 200, `${path}: ${JSON.stringify(listed.body)}`);
  assert.equal(listed.headers['content-type']?.startsWith('application/vnd.kubernetes.protobuf'), isProtobuf(form), path);
  if (form === 'Table') assert.equal(listed.body.kind, 'Table');
  else if (form.startsWith('PartialObjectMetadata')) assert.equal(listed.body.kind, 'PartialObjectMetadataList');
  else assert.match(listed.body.kind, /List$/);
  return listed;
}

/** The path with more in its query. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  if (pairs.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(pairs)}`;
}
