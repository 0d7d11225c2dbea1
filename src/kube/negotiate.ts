/** Which form of an answer a client's Accept header asks for. Pure. */
import { KubeError } from '../errors.ts';
import { parseAccept } from './parse-accept.ts';

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

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

/**
 * The first clause of `accept`, by quality and then by order, that is on offer; as k8s.io/apiserver's negotiation does it. A missing
 * header takes anything.
 * @throws KubeError NotAcceptable, which names the media types on offer
 *
 * @example negotiate('application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { mediaTypes: ['application/json'], as: [AS_TABLE] })
 *   // { mediaType: 'application/json', as: AS_TABLE }
 */
export function negotiate(accept: string | string[] | undefined, offer: Offer): Negotiated {
  const clauses = parseAccept(accept);
  const wanted = clauses.length === 0 ? parseAccept('*/*') : clauses.filter(({ quality }) => quality > 0);
  for (const { mediaType: asked, parameters } of wanted.toSorted((a, b) => b.quality - a.quality)) {
    const mediaType = offer.mediaTypes.find((offered) => covers(asked, offered));
    if (mediaType === undefined) continue;
    const kind = parameters.get('as');
    if (kind === undefined) return { mediaType, as: undefined };
    // A Table has no message type.
    if (kind === AS_TABLE.kind && mediaType === PROTOBUF_TYPE) continue;
    const as = offer.as.find((one) => one.kind === kind && one.group === parameters.get('g') && one.version === parameters.get('v'));
    if (as !== undefined) return { mediaType, as };
  }
  throw new KubeError('NotAcceptable', `only the following media types are accepted: ${offer.mediaTypes.join(', ')}`);
}

function covers(asked: string, offered: string): boolean {
  return asked === offered || asked === '*/*' || (asked.endsWith('/*') && offered.startsWith(asked.slice(0, -1)));
}
