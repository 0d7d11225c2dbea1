/** An answer as it is compared: what two runs of the same call never have in common is blanked, all else must be equal. */
import type { KubeAnswer } from '../../../src/launch/kube/kube-client.ts';
import type { Kind } from './kind.ts';

type Json = Record<string, unknown>;

/** A text that two answers are compared by, and read by when they differ. */
export function normaliseAnswer({ status, headers, body }: KubeAnswer, kind: Kind): string {
  const type = headers['content-type'] ?? '';
  // How often a controller wrote while the watch was open is chance.
  const isShown = (document: Json) => !(kind.volatile && document.type === 'MODIFIED');
  const shown = type.includes('json')
    ? documentsOf(body)
        .filter(isShown)
        .map((document) => normaliseDocument(document, kind))
    : [body];
  const warning = headers.warning ? [`warning: ${headers.warning}`] : [];
  return [`${status} ${type}`, ...warning, ...shown].join('\n');
}

/** One document, or the events of a watch, one a line. */
function documentsOf(body: string): Json[] {
  try {
    return [JSON.parse(body) as Json];
  } catch {
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Json);
  }
}

function normaliseDocument(document: Json, kind: Kind): string {
  return blankTexts(JSON.stringify(normaliseValue(document, kind), undefined, 1));
}

function normaliseValue(value: unknown, kind: Kind): unknown {
  if (Array.isArray(value)) return value.map((item) => normaliseValue(item, kind));
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Json;
  if (object.kind === 'Table') return normaliseTable(object, kind);
  const result: Json = {};
  // In a list they have no kind of their own.
  const isObject = object.kind === kind.kind || (object.kind === undefined && object.metadata !== undefined);
  for (const [key, inner] of Object.entries(object)) {
    if (isObject && kind.volatile?.includes(key)) continue;
    result[key] = key === 'managedFields' && Array.isArray(inner) ? normaliseManagers(inner as Json[]) : normaliseValue(inner, kind);
  }
  if (typeof object.metadata === 'object') result.metadata = withoutControllersMarks(result.metadata as Json, kind);
  return result;
}

const TIMES = new Set(['Age', 'Last Seen', 'First Seen', 'Duration', 'Created At']);
/** Columns that tell of `status`. */
const STATES = new Set(['Status', 'Up-to-date', 'Available', 'Ready', 'Desired', 'Current', 'Request', 'Limit', 'Established']);

/** Ages are times; the order of rows is upstream's. */
function normaliseTable(table: Json, kind: Kind): Json {
  const columns = (table.columnDefinitions ?? []) as { name: string }[];
  const isBlanked = ({ name = '' } = {}) => TIMES.has(name) || (kind.volatile !== undefined && STATES.has(name));
  const rows = (table.rows ?? []) as { cells: unknown[]; object: unknown }[];
  return {
    ...table,
    metadata: normaliseValue(table.metadata, kind),
    rows: rows.map(({ cells, object, ...rest }) => ({
      ...rest,
      cells: cells.map((cell, index) => (isBlanked(columns[index]) ? '<state>' : cell)),
      object: normaliseValue(object, kind),
    })),
  };
}

const CONTROLLERS: ReadonlySet<unknown> = new Set(['kube-controller-manager', 'kube-apiserver', 'validatingadmissionpolicy-status']);

/** Controllers write beside the script, when they come to it; entries are sorted by the second in which they were written. */
function normaliseManagers(entries: readonly Json[]): Json[] {
  return entries.filter(({ manager }) => !CONTROLLERS.has(manager)).sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
}

function orderOf({ manager, operation, subresource }: Json): string {
  return `${manager} ${operation} ${subresource}`;
}

/** Generation counts controllers' writes, too, and some leave annotations. */
function withoutControllersMarks(metadata: Json, kind: Kind): Json {
  if (!kind.volatile) return metadata;
  const { annotations, generation: _, ...rest } = metadata;
  const kept = Object.entries((annotations ?? {}) as Json).filter(
    ([key]) => !/^(deployment|endpoints|pv|autoscaling\.alpha)\.kubernetes\.io\//.test(key),
  );
  return { ...rest, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) };
}

function blankTexts(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/("resourceVersion": ")\d+/g, '$1<version>')
    .replace(/\b10\.0\.\d{1,3}\.\d{1,3}\b/g, '<ip>')
    .replace(/("nodePort": )\d+/g, '$1<port>')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-<rand>');
}
