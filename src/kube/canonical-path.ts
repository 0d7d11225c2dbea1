import { KubeError } from '../errors.ts';

/** RFC 3986: what never needs an encoding (unreserved), and what a segment may hold as it is. */
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const SEGMENT = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/;

/**
 * Splits a path into decoded segments, and refuses every spelling but the canonical one: two parsers must not be able to
 * read it differently. Behind a `proxy` sub-resource the path belongs to somebody else's server and is kept as it is.
 *
 * @returns the segments; `rest` is what follows `…/proxy`, with its leading slash, or ''
 * @throws KubeError BadRequest
 */
export function splitCanonicalPath(path: string): { segments: string[]; rest: string } {
  if (path === '/') return { segments: [], rest: '' };
  if (!path.startsWith('/')) throw notCanonical();
  const raw = path.slice(1).split('/');
  // One slash at the end says nothing, to upstream neither; the path is built anew without it.
  if (raw.at(-1) === '' && raw.length > 1 && proxySegmentOf(raw) < 0) raw.pop();
  const proxyAt = proxySegmentOf(raw);
  const own = proxyAt < 0 ? raw : raw.slice(0, proxyAt + 1);
  const foreign = proxyAt < 0 ? [] : raw.slice(proxyAt + 1);
  for (const segment of foreign) if (isDotSegment(segment) || hasControl(segment)) throw notCanonical();
  return { segments: own.map(decodeSegment), rest: foreign.length > 0 ? `/${foreign.join('/')}` : '' };
}

/** Encodes a name for use as one segment, with only those characters encoded that must be. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name).replace(/%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/g, (code) => decodeURIComponent(code));
}

/** Index of `proxy` in `api/v1/namespaces/{ns}/{pods|services}/{name}/proxy`, or -1. */
function proxySegmentOf(raw: readonly string[]): number {
  return raw[0] === 'api' && raw[2] === 'namespaces' && raw[6] === 'proxy' ? 6 : -1;
}

function decodeSegment(segment: string): string {
  if (!SEGMENT.test(segment) || isDotSegment(segment)) throw notCanonical();
  if (!segment.includes('%')) return segment;
  for (const [code] of segment.matchAll(/%[0-9A-Fa-f]{2}/g)) {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (character === '/' || character < ' ' || character === '\x7f' || UNRESERVED.test(character)) throw notCanonical();
  }
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw notCanonical({ cause: error });
  }
}

function isDotSegment(segment: string): boolean {
  const decoded = segment.replace(/%2e/gi, '.');
  return decoded === '.' || decoded === '..';
}

function hasControl(segment: string): boolean {
  return /%[01][0-9a-f]|%7f/i.test(segment);
}

function notCanonical(options?: ErrorOptions): KubeError {
  return new KubeError('BadRequest', 'the path of the request is not in canonical form', undefined, options);
}
