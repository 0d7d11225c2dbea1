import { KubeError, type StatusCause } from '../errors.ts';
import { isTrue } from './request-info.ts';

export interface ListOptions {
  /** 0: the server decides; a watch of less is over at once. */
  readonly timeoutSeconds: number;
  readonly allowWatchBookmarks: boolean;
  /** Undefined: the client does not say. */
  readonly sendInitialEvents: boolean | undefined;
  /** '' or a decimal number. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  /** 0: all. */
  readonly limit: number;
  /** As the client sent it; '' for a list from its beginning. */
  readonly continueToken: string;
}

/**
 * Reads metav1.ListOptions, but for its selectors, and refuses what the apiserver refuses
 * (k8s.io/apimachinery/pkg/apis/meta/internalversion/validation, and ValidateListOptions of k8s.io/apiserver/pkg/storage), in its words.
 * @throws KubeError BadRequest, Invalid
 */
export function checkListOptions(verb: 'list' | 'watch', query: URLSearchParams): ListOptions {
  const limit = parseInteger(query, 'limit');
  const timeoutSeconds = parseInteger(query, 'timeoutSeconds');
  const causes = verb === 'list' ? checkList(query) : checkWatch(query);
  if (causes.length > 0) throw invalid(causes);
  const resourceVersion = query.get('resourceVersion') ?? '';
  const continueToken = query.get('continue') ?? '';
  if (verb === 'list' && continueToken !== '' && resourceVersion !== '' && resourceVersion !== '0') {
    throw new KubeError('BadRequest', 'specifying resource version is not allowed when using continue');
  }
  checkResourceVersion(resourceVersion);
  return {
    timeoutSeconds,
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
    resourceVersion: /^0+$/.test(resourceVersion) ? '0' : resourceVersion,
    resourceVersionMatch: (query.get('resourceVersionMatch') ?? '') as ListOptions['resourceVersionMatch'],
    limit: Math.max(limit, 0),
    continueToken,
  };
}

function checkList(query: URLSearchParams): StatusCause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const causes: StatusCause[] = [];
  if (match !== '') {
    if (!query.get('resourceVersion')) {
      causes.push(forbids('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (query.get('continue')) causes.push(forbidsContinue());
    if (match !== 'Exact' && match !== 'NotOlderThan') causes.push(unsupported(match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && query.get('resourceVersion') === '0') {
      causes.push(forbids('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (query.has('sendInitialEvents')) causes.push(forbids('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return causes;
}

function checkWatch(query: URLSearchParams): StatusCause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const causes: StatusCause[] = [];
  if (query.has('sendInitialEvents') && match !== 'NotOlderThan') {
    causes.push(forbids('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return beginsByDefault(query) && query.get('continue') ? [forbidsContinue()] : causes;
  if (!query.has('sendInitialEvents')) {
    causes.push(forbids('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  }
  if (match !== 'NotOlderThan') causes.push(unsupported(match, ['NotOlderThan']));
  if (query.get('continue')) causes.push(forbidsContinue());
  return causes;
}

/** What the apiserver takes for a watch with initial events, though the client did not say so (SetListOptionsDefaults). */
function beginsByDefault(query: URLSearchParams): boolean {
  return !query.has('sendInitialEvents') && ['', '0'].includes(query.get('resourceVersion') ?? '');
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

function forbidsContinue(): StatusCause {
  return forbids('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
}

function unsupported(match: string, values: readonly string[]): StatusCause {
  const supported = values.map((value) => JSON.stringify(value)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported}`;
  return { reason: 'FieldValueNotSupported', message, field: 'resourceVersionMatch' };
}

function invalid(causes: StatusCause[]): KubeError {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new KubeError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${text}`, { group: 'meta.k8s.io', kind: 'ListOptions', causes });
}

/** The largest that Go's ParseUint takes. */
const MAX_RESOURCE_VERSION = 2n ** 64n - 1n;

/** A resourceVersion that is none. */
export class BadResourceVersionError extends KubeError {}

function checkResourceVersion(text: string): void {
  const isNumber = /^\d*$/.test(text);
  if (isNumber && BigInt(text) <= MAX_RESOURCE_VERSION) return;
  const value = JSON.stringify(text);
  throw new BadResourceVersionError(
    'BadRequest',
    `invalid resource version: resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: ${isNumber ? 'value out of range' : 'invalid syntax'}`,
  );
}
