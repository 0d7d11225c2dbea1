/** meta.k8s.io/v1 Table: what `kubectl get` prints. Pure. */

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  /** `name` marks the column that holds the object's name. */
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, anything above only by `-o wide`. */
  readonly priority: number;
}

/** What each row carries besides its cells (`includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: object;
  /** Null in the later frames of a watch. */
  readonly columnDefinitions: readonly TableColumn[] | null;
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object: object | null;
}

export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: object;
}

/** `metadata` is a list's own, or of a single object just its resourceVersion. */
export function buildTable(metadata: object, columnDefinitions: readonly TableColumn[] | null, rows: readonly TableRow[]): Table {
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows };
}

export function buildRow(object: { metadata: object }, cells: readonly unknown[], include: IncludeObject): TableRow {
  if (include === 'None') return { cells, object: null };
  return { cells, object: include === 'Object' ? object : toPartialObject(object) };
}

export function toPartialObject(object: { metadata: object }): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/**
 * The time since `timestamp` (RFC 3339) in the words of k8s.io/apimachinery/pkg/util/duration.HumanDuration: `47s`, `5m12s`,
 * `3h8m`, `2d4h`, `17d`, `3y40d`. `<unknown>` when there is no time, `<invalid>` when it lies in the future.
 */
export function humanAge(timestamp: string | undefined, now: Date): string {
  if (timestamp === undefined || Number.isNaN(Date.parse(timestamp))) return '<unknown>';
  return humanDuration(Math.floor((now.getTime() - Date.parse(timestamp)) / 1000));
}

function humanDuration(seconds: number): string {
  // Clocks differ: a second ahead counts as now.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(hours / 24 / 365);
  return hours < 24 * 365 * 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
