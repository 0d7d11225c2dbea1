import { KubeError, type StatusCause } from '../errors.ts';
import { isTrue } from '../kube/request-info.ts';

export interface ListOptions {
  /** 0: the server decides. */
  readonly timeoutSeconds: number;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean;
  /** '' or a decimal number. */
  readonly resourceVersion: string;
}

/**
 * Reads those of metav1.ListOptions that matter to a list in which nothing is, and refuses what the apiserver refuses
 * (k8s.io/apimachinery/pkg/apis/meta/internalversion/validation), in its words.
 * @throws KubeError BadRequest, Invalid
 */
export function checkListOptions(verb: 'list' | 'watch', query: URLSearchParams): ListOptions {
  parseInteger(query, 'limit');
  const timeoutSeconds = parseInteger(query, 'timeoutSeconds');
  const causes = [...checkMatch(verb, query), ...checkInitialEvents(verb, query)];
  if (causes.length > 0) throw invalid(causes);
  const resourceVersion = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(resourceVersion)) throw badResourceVersion(resourceVersion);
  return {
    timeoutSeconds: Math.max(timeoutSeconds, 0),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: isTrue(query.get('sendInitialEvents')),
    resourceVersion,
  };
}

function checkMatch(verb: 'list' | 'watch', query: URLSearchParams): StatusCause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const supported = verb === 'watch' ? ['NotOlderThan'] : ['Exact', 'NotOlderThan', ''];
  const causes: StatusCause[] = [];
  if (match === '') return causes;
  if (verb === 'watch' && !query.has('sendInitialEvents')) {
    causes.push(forbids('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  }
  if (verb === 'list' && !query.get('resourceVersion')) {
    causes.push(forbids('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  }
  if (!supported.includes(match)) {
    const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported.map((value) => JSON.stringify(value)).join(', ')}`;
    causes.push({ reason: 'FieldValueNotSupported', message, field: 'resourceVersionMatch' });
  }
  return causes;
}

function checkInitialEvents(verb: 'list' | 'watch', query: URLSearchParams): StatusCause[] {
  if (!query.has('sendInitialEvents')) return [];
  if (verb === 'list') return [forbids('sendInitialEvents', 'sendInitialEvents is forbidden for list')];
  if (query.get('resourceVersionMatch')) return [];
  return [forbids('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
}

function parseInteger(query: URLSearchParams, field: string): number {
  const text = query.get(field);
  if (text === null) return 0;
  const go = `strconv.ParseInt: parsing ${JSON.stringify(text)}`;
  if (!/^[+-]?\d+$/.test(text)) throw new KubeError('BadRequest', `${go}: invalid syntax`);
  const value = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) throw new KubeError('BadRequest', `${go}: value out of range`);
  return Number(value);
}

function forbids(field: string, message: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field };
}

function invalid(causes: StatusCause[]): KubeError {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new KubeError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${text}`, { group: 'meta.k8s.io', kind: 'ListOptions', causes });
}

function badResourceVersion(text: string): KubeError {
  const value = JSON.stringify(text);
  return new KubeError(
    'BadRequest',
    `invalid resource version: resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`,
  );
}
