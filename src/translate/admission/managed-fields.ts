/** `metadata.managedFields[].fieldsV1` of admission policies and webhooks: the forced match condition is nobody's field. */
import { isJsonObject, type JsonObject } from '../lossless-json.ts';
import { FORCED_CONDITION } from './forced-condition.ts';

const CONDITIONS = 'f:matchConditions';
const FORCED = `k:${JSON.stringify({ name: FORCED_CONDITION })}`;
const ITSELF = '.';

/** @returns undefined where nothing else was managed */
export function withoutForcedFields(fields: JsonObject): JsonObject | undefined {
  const shown = Object.entries(fields).flatMap(([key, inner]): [string, unknown][] => {
    if (!isJsonObject(inner) || Object.keys(inner).length === 0) return [[key, inner]];
    const rest = key === CONDITIONS ? withoutForced(inner) : withoutForcedFields(inner);
    return rest === undefined ? [] : [[key, rest]];
  });
  return shown.some(([key]) => key !== ITSELF) ? Object.fromEntries(shown) : undefined;
}

function withoutForced({ [FORCED]: _, ...others }: JsonObject): JsonObject | undefined {
  return Object.keys(others).some((key) => key !== ITSELF) ? others : undefined;
}
