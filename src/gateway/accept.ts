import { KubeError } from '../errors.ts';

/** What the translation can read. */
const JSON_TYPE = 'application/json';
/** Forms that are JSON upstream as well, and that clients of ours ask for first: left out, JSON serves in their place. */
const STEERED = new Set(['application/vnd.kubernetes.protobuf', 'application/cbor', 'application/cbor-seq', '*/*', 'application/*']);

/**
 * The Accept header for upstream: the JSON forms that the client would take (Table, PartialObjectMetadata and plain), in its
 * order. Protobuf and CBOR become plain JSON, which their clients read as well.
 *
 * @throws KubeError NotAcceptable when the client takes nothing of that kind
 */
export function acceptForUpstream(accept: readonly string[]): string {
  const asked = accept
    .join(',')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (asked.length === 0) return JSON_TYPE;
  const forms: string[] = [];
  for (const form of asked) {
    const [mediaType, ...parameters] = form.split(';').map((part) => part.trim());
    if (mediaType?.toLowerCase() === JSON_TYPE) forms.push([JSON_TYPE, ...parameters].join(';'));
    // `as=Table` of a protobuf client means the same table in JSON; the other parameters travel along.
    else if (mediaType && STEERED.has(mediaType.toLowerCase())) forms.push([JSON_TYPE, ...parameters].join(';'));
  }
  if (forms.length === 0) {
    const offered = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
    throw new KubeError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${offered}`, {});
  }
  return [...new Set(forms)].join(',');
}
