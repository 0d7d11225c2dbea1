import { type Collection, collect, type Member, type OpenApiForm } from './openapi-form.ts';

/**
 * These paths, and of the other collections what they lead to, in the document's order: a definition's name alone does not say
 * whose it is, as anybody may define kinds under any group.
 */
export function reachableMembers(
  members: Readonly<Record<Collection, readonly Member[]>>,
  paths: readonly Member[],
  form: OpenApiForm,
): Record<Collection, readonly Member[]> {
  const byName = collect((collection) => new Map(members[collection].map((member) => [member.name, member])));
  const kept = collect(() => new Set<string>());
  const pending = paths.map((member) => ({ collection: 'paths' as Collection, member }));
  for (let from = pending.pop(); from; from = pending.pop()) {
    kept[from.collection].add(from.member.name);
    for (const { collection, name } of form.references(from.collection, from.member)) {
      const member = byName[collection].get(name);
      if (!member || kept[collection].has(name)) continue;
      kept[collection].add(name);
      pending.push({ collection, member });
    }
  }
  return collect((collection) => members[collection].filter(({ name }) => kept[collection].has(name)));
}
