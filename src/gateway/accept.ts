import { KubeError } from '../errors.ts';
import { JSON_TYPE, PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { type AcceptClause, parseAccept } from '../kube/parse-accept.ts';

/** Forms that cannot be translated, but whose clients read JSON as well. */
const AS_JSON: ReadonlySet<string> = new Set(['application/cbor', 'application/cbor-seq', '*/*', 'application/*']);

/**
 * The Accept header for upstream: of what the client would take, the forms that can be translated, in its order and with its
 * parameters. Upstream chooses among them, so a Table in protobuf is refused in its own words.
 *
 * @param hasProtobuf whether upstream can answer in protobuf and that can be translated; else its clients are offered JSON
 * @throws KubeError NotAcceptable when the client takes nothing of that kind
 */
export function acceptForUpstream(accept: readonly string[], hasProtobuf: boolean): string {
  const clauses = parseAccept(accept);
  if (clauses.length === 0) return JSON_TYPE;
  const forms = clauses.flatMap((clause) => formOf(clause, hasProtobuf));
  if (forms.length === 0) throw notAcceptable(hasProtobuf);
  return [...new Set(forms)].join(',');
}

function formOf({ mediaType, text }: AcceptClause, hasProtobuf: boolean): string[] {
  if (mediaType === JSON_TYPE || (hasProtobuf && mediaType === PROTOBUF_TYPE)) return [text];
  return AS_JSON.has(mediaType) ? [JSON_TYPE + text.slice(mediaType.length)] : [];
}

/** As upstream words it, for a built-in kind and for a custom resource; upstream has YAML besides. */
function notAcceptable(hasProtobuf: boolean): KubeError {
  return hasProtobuf
    ? new KubeError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${JSON_TYPE}, ${PROTOBUF_TYPE}`, {})
    : new KubeError('NotAcceptable', `only the following media types are accepted: ${JSON_TYPE}`);
}
