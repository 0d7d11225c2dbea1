/** `metadata.managedFields[]` of objects that carry the tenant's label: who set it is nobody's business either. */
import type { Capture, KeyRule } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { translateKeys } from './reserved-keys.ts';

/** In `fieldsV1` the key of a label `x` is `f:x`, and a map that is itself managed has a member `.`. */
const FIELD = 'f:';
const ITSELF = '.';

/**
 * An entry in which nothing is left is left out.
 *
 * @param labelKey what becomes of a label's key
 * @param visible what else is shown of `fieldsV1`, undefined for nothing
 */
export function managedFieldsToTenant(
  labelKey: KeyRule,
  visible: (fieldsV1: JsonObject, tenantId: string) => JsonObject | undefined = (fieldsV1) => fieldsV1,
): Capture {
  return {
    run(json, context) {
      const entry = parseLossless(json);
      if (!isJsonObject(entry) || !isJsonObject(entry.fieldsV1)) return json;
      const visibleFields = visible(entry.fieldsV1, context.tenantId);
      if (!visibleFields) return null;
      const fieldsV1 = replaceWithin(visibleFields, ['f:metadata', 'f:labels'], (labels) =>
        translateKeys(labels, (key) => {
          if (!key.startsWith(FIELD)) return key;
          const shown = labelKey(key.slice(FIELD.length), context);
          return shown === null ? null : FIELD + shown;
        }),
      );
      return fieldsV1 ? printLossless({ ...entry, fieldsV1 }) : null;
    },
  };
}

/** @returns undefined where nothing is left but the mark of the map itself */
function replaceWithin(fields: JsonObject, path: readonly string[], replace: (labels: JsonObject) => JsonObject): JsonObject | undefined {
  const [member, ...rest] = path;
  if (member === undefined) return unlessEmpty(replace(fields));
  const inner = fields[member];
  if (!isJsonObject(inner)) return fields;
  const replaced = replaceWithin(inner, rest, replace);
  if (replaced) return { ...fields, [member]: replaced };
  const { [member]: _, ...others } = fields;
  return unlessEmpty(others);
}

function unlessEmpty(fields: JsonObject): JsonObject | undefined {
  return Object.keys(fields).some((key) => key !== ITSELF) ? fields : undefined;
}
