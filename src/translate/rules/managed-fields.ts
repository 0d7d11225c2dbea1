/**
 * `metadata.managedFields[]`: which manager owns which field. Fields stand in it as keys, and where a name is such a key (a
 * label, an element of a list that is told apart by its name), it is translated as the plan says for the field itself.
 */
import { toTenantName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import type { Capture, KeyRule, Plan, StringRule } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { mergePlans } from '../plans/merge-plans.ts';

/** In `fieldsV1` the key of a member `x` is `f:x`, of a list's element `k:{"name":"x"}` or `v:"x"`, of a map or element itself `.`. */
const MEMBER = 'f:';
const ELEMENT = 'k:';
const VALUE = 'v:';
const ITSELF = '.';

/**
 * An entry in which nothing is left is left out.
 *
 * @param object what is done in the object itself, in the same direction
 * @param labelKey what becomes of a label's key
 * @param visible what else is shown of `fieldsV1`, undefined for nothing
 */
export function managedFields(
  object: Plan,
  labelKey: KeyRule,
  visible: (fieldsV1: JsonObject, tenantId: string) => JsonObject | undefined = (fieldsV1) => fieldsV1,
): Capture {
  // What takes the labels as a whole does not say what becomes of each.
  const { capture: _, ...labels } = object.fields?.metadata?.fields?.labels ?? {};
  const metadata = {
    ...object.fields?.metadata,
    fields: { ...object.fields?.metadata?.fields, labels: mergePlans(labels, { key: labelKey }) },
  };
  const plan: Plan = { ...object, fields: { ...object.fields, metadata } };
  return {
    run(json, context) {
      const entry = parseLossless(json);
      if (!isJsonObject(entry) || !isJsonObject(entry.fieldsV1)) return json;
      const visibleFields = visible(entry.fieldsV1, context.tenantId);
      const fieldsV1 = visibleFields && translateFields(visibleFields, plan, context);
      return fieldsV1 ? printLossless({ ...entry, fieldsV1 }) : null;
    },
  };
}

/** @returns undefined where something was left out, and no more than the mark of the map itself is left */
function translateFields(fields: JsonObject, plan: Plan, context: TranslateContext): JsonObject | undefined {
  let isSmaller = false;
  const translated = Object.entries(fields).flatMap(([path, inner]) => {
    const [renamed, child] = translatePath(path, plan, context);
    const within = child && isJsonObject(inner) ? translateFields(inner, child, context) : inner;
    if (renamed !== null && within !== undefined) return [[renamed, within] as const];
    isSmaller = true;
    return [];
  });
  if (isSmaller && translated.every(([path]) => path === ITSELF)) return undefined;
  return Object.fromEntries(translated);
}

/** @returns the path in the other spelling, null to leave it out; and what is done below it */
function translatePath(path: string, plan: Plan, context: TranslateContext): [string | null, Plan | undefined] {
  if (path.startsWith(MEMBER)) {
    const member = path.slice(MEMBER.length);
    const renamed = plan.key ? plan.key(member, context) : member;
    const child = plan.fields && Object.hasOwn(plan.fields, member) ? plan.fields[member] : plan.others;
    return [renamed === null ? null : MEMBER + renamed, child];
  }
  if (path.startsWith(ELEMENT)) return [ELEMENT + translateKeyOfElement(path.slice(ELEMENT.length), plan.items, context), plan.items];
  if (path.startsWith(VALUE)) {
    const value = parseLossless(path.slice(VALUE.length));
    return [typeof value === 'string' ? VALUE + printLossless(translateText(value, plan.items?.string, context)) : path, undefined];
  }
  return [path, undefined];
}

function translateKeyOfElement(json: string, items: Plan | undefined, context: TranslateContext): string {
  const key = parseLossless(json);
  if (!isJsonObject(key) || !items?.fields) return json;
  return printLossless(
    Object.fromEntries(
      Object.entries(key).map(([member, value]) => [
        member,
        typeof value === 'string' ? translateText(value, items.fields?.[member]?.string, context) : value,
      ]),
    ),
  );
}

function translateText(text: string, rule: StringRule | undefined, context: TranslateContext): string {
  if (rule === undefined || text === '') return text;
  if (rule === 'add') return context.prefix + text;
  if (typeof rule === 'string') return toTenantName(context.tenantId, text);
  return typeof rule === 'function' ? rule(text, context) : (rule.own(text, context) ?? text);
}
