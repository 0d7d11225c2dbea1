/** core/v1 ScopedResourceSelectorRequirement: some scopes are classes, whose names are its values. */
import type { TranslateContext } from '../context.ts';
import type { JsonObject } from '../lossless-json.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import { captureObject, textOf } from './capture-object.ts';
import { type ClassRule, classRow } from './class-name.ts';

const CLASS_OF_SCOPE: ReadonlyMap<string, ClassRule> = new Map<string, ClassRule>([
  ['PriorityClass', 'priorityClass'],
  ['VolumeAttributesClass', 'volumeAttributesClass'],
]);

export const quotaScopeToUpstream = captureObject((requirement, context) => spell(requirement, context, toUpstreamObjectName), {
  freeMembers: ['operator'],
});

export const quotaScopeToTenant = captureObject((requirement, context) => spell(requirement, context, toTenantObjectName), {
  unlessHolding: 'prefix',
});

function spell(requirement: JsonObject, context: TranslateContext, spellName: typeof toUpstreamObjectName): JsonObject {
  const of = CLASS_OF_SCOPE.get(textOf(requirement, 'scopeName') ?? '');
  const { values } = requirement;
  if (!of || !Array.isArray(values)) return requirement;
  return { ...requirement, values: values.map((value) => (typeof value === 'string' ? spellName(classRow(of), value, context) : value)) };
}
