import { responsePlan, watchPlan } from '../../../src/translate/compile.ts';
import type { TranslateContext } from '../../../src/translate/context.ts';
import { rewriteJson } from '../../../src/translate/engine/json-rewriter.ts';
import { translateRequestBody } from '../../../src/translate/request-body.ts';
import { findResource } from '../../../src/translate/table/index.ts';
import type { ResourceRow } from '../../../src/translate/table/row.ts';

export const ID = 'demo01';
export const PREFIX = 'demo01-';

export type Json = { [key: string]: unknown };

export const BRIDGE = { url: 'https://bridge.example:9443', caPem: 'PEM', key: Buffer.alloc(32, 7) };

/** Nothing is there that a patch is applied over. */
const NOTHING = { fieldManagers: ['m'], live: undefined };

export function contextOf(overrides: Partial<TranslateContext> = {}): TranslateContext {
  return { tenantId: ID, prefix: PREFIX, foreign: 'cut', requestNamespace: 'default', bridge: BRIDGE, appliedOver: NOTHING, ...overrides };
}

/** `pods`, `apps/deployments`. */
export function rowOf(path: string, version = 'v1'): ResourceRow {
  const [resource, group = ''] = path.split('/').reverse();
  const row = findResource(group, version, resource!);
  if (!row) throw new Error(`no row ${path}`);
  return row;
}

export interface Sent {
  readonly subresource?: string;
  readonly verb?: string;
  readonly contentType?: string;
  readonly context?: TranslateContext;
}

/** What upstream gets for a body, as text. */
export function sendText(
  row: ResourceRow,
  body: string,
  { subresource, verb = 'create', contentType = 'application/json', context = contextOf() }: Sent = {},
): string {
  return translateRequestBody({ row, subresource, verb, contentType, body: Buffer.from(body), context }).body.toString('utf8');
}

export function toUpstream(row: ResourceRow, tenantObject: unknown, sent: Sent = {}): Json {
  return JSON.parse(sendText(row, JSON.stringify(tenantObject), sent)) as Json;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export function patchUpstream(row: ResourceRow, type: keyof typeof PATCH_TYPES, patch: unknown, sent: Sent = {}): unknown {
  return toUpstream(row, patch, { verb: 'patch', contentType: PATCH_TYPES[type], ...sent });
}

/** What the tenant sees of one document. */
export function toTenant(
  row: ResourceRow,
  upstreamDocument: unknown,
  options: { subresource?: string; filtered?: boolean; context?: TranslateContext } = {},
): Json {
  const { subresource, filtered = false, context = contextOf(filtered ? { foreign: 'drop' } : {}) } = options;
  const text = JSON.stringify(kindFirst(upstreamDocument));
  return JSON.parse(rewriteJson(responsePlan(row, subresource, { filtered }), context, text).toString('utf8')) as Json;
}

/** What the tenant sees of a watch. */
export function watchToTenant(row: ResourceRow, events: readonly unknown[], context = contextOf({ foreign: 'drop' })): Json[] {
  const text = events.map((event) => `${JSON.stringify(kindFirst(event))}\n`).join('');
  const lines = rewriteJson(watchPlan(row), context, text, { documents: 'many' }).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Json);
}

/** Upstream prints `kind` before everything else, in objects and in references to them. */
function kindFirst(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kindFirst);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, inner]) => [key, kindFirst(inner)] as const);
  return Object.fromEntries([...members.filter(([key]) => key === 'kind'), ...members.filter(([key]) => key !== 'kind')]);
}

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
