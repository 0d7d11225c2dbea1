/** Which form of an answer a client's Accept header asks for. Pure. */
import { KubeError } from '../errors.ts';

/** Another kind as which an answer may be shown (`as=Table;v=v1;g=meta.k8s.io`). */
export interface Representation {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export const AS_TABLE: Representation = { group: 'meta.k8s.io', version: 'v1', kind: 'Table' };
export const AS_PARTIAL_OBJECT: Representation = { group: 'meta.k8s.io', version: 'v1', kind: 'PartialObjectMetadata' };
export const AS_PARTIAL_LIST: Representation = { group: 'meta.k8s.io', version: 'v1', kind: 'PartialObjectMetadataList' };

export interface Offer {
  /** Media types that can be written; the first is for a client that takes anything. */
  readonly mediaTypes: readonly string[];
  /** Other kinds that can be shown. */
  readonly as: readonly Representation[];
}

export interface Negotiated {
  readonly mediaType: string;
  /** Undefined: the object as it is. */
  readonly as: Representation | undefined;
}

interface Clause {
  readonly mediaType: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The first clause of `accept`, by quality and then by order, that is on offer; as k8s.io/apiserver's negotiation does it. A missing
 * header takes anything.
 * @throws KubeError NotAcceptable, which names the media types on offer
 *
 * @example negotiate('application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { mediaTypes: ['application/json'], as: [AS_TABLE] })
 *   // { mediaType: 'application/json', as: AS_TABLE }
 */
export function negotiate(accept: string | string[] | undefined, offer: Offer): Negotiated {
  const text = Array.isArray(accept) ? accept.join(',') : (accept ?? '');
  for (const clause of parseClauses(text.trim() === '' ? '*/*' : text)) {
    const mediaType = offer.mediaTypes.find((offered) => covers(clause.mediaType, offered));
    if (mediaType === undefined) continue;
    const kind = clause.parameters.get('as');
    if (kind === undefined) return { mediaType, as: undefined };
    const as = offer.as.find(
      (one) => one.kind === kind && one.group === clause.parameters.get('g') && one.version === clause.parameters.get('v'),
    );
    if (as !== undefined) return { mediaType, as };
  }
  throw new KubeError('NotAcceptable', `only the following media types are accepted: ${offer.mediaTypes.join(', ')}`);
}

function parseClauses(accept: string): Clause[] {
  return accept
    .split(',')
    .map(parseClause)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseClause(text: string): Clause {
  const [mediaType = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals > 0) parameters.set(parameter.slice(0, equals).trim().toLowerCase(), parameter.slice(equals + 1).trim());
  }
  const quality = Number(parameters.get('q') ?? 1);
  return { mediaType: mediaType.toLowerCase(), quality: Number.isFinite(quality) ? quality : 1, parameters };
}

function covers(asked: string, offered: string): boolean {
  return asked === offered || asked === '*/*' || (asked.endsWith('/*') && offered.startsWith(asked.slice(0, -1)));
}
