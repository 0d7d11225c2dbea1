import { KubeError } from '../errors.ts';
import type { TranslateContext } from './context.ts';
import { translateFieldSelector } from './field-selector.ts';
import { translateLabelSelector } from './label-selector.ts';
import { fieldTranslation, hasTranslatedLabels, labelTranslation } from './selectors.ts';
import type { ResourceRow } from './table/row.ts';

const SELECTING: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/** Parameters that act beyond the tenant's own objects, and why they are not taken. */
const REFUSED: Readonly<Record<string, string>> = {
  ignoreStoreReadErrorWithClusterBreakingPotential: 'deleting objects that cannot be read is for the platform',
  shardSelector: 'lists in shards are not offered yet',
};

/**
 * The query as upstream gets it. Parameters that are no names stay as they are, in their order; those of a proxied, exec'd
 * or attached request are not looked at.
 *
 * @param verb of Kubernetes, not of HTTP
 * @throws KubeError BadRequest for a selector that cannot be read, or that selects by the platform's labels
 */
export function translateQuery(row: ResourceRow, verb: string, params: URLSearchParams, context: TranslateContext): URLSearchParams {
  const upstream = new URLSearchParams();
  for (const [parameter, value] of params) upstream.append(parameter, translateParameter(row, verb, parameter, value, context));
  return upstream;
}

function translateParameter(row: ResourceRow, verb: string, parameter: string, value: string, context: TranslateContext): string {
  const isSelecting = SELECTING.has(verb);
  const refusal = isSelecting || verb === 'delete' ? REFUSED[parameter] : undefined;
  if (refusal !== undefined && value !== '' && value !== 'false') throw new KubeError('BadRequest', `${parameter}: ${refusal}`);
  // Rows of a Table are told apart by their object's metadata; a client that wants none gets a little more than it asked for.
  if (parameter === 'includeObject' && value === 'None') return 'Metadata';
  if (!isSelecting || value === '') return value;
  if (parameter === 'fieldSelector') {
    return translateFieldSelector(value, (equals) => fieldTranslation(row, context, 'toUpstream', equals));
  }
  // What is to be deleted is always read: another demand will be put beside it.
  if (parameter === 'labelSelector' && (verb === 'deletecollection' || hasTranslatedLabels(row, value)))
    return translateLabelSelector(value, labelTranslation(row, context.tenantId, 'toUpstream'));
  return value;
}
