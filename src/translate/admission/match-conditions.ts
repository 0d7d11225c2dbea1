import type { Capture } from '../engine/plan.ts';
import { parseLossless, printLossless } from '../lossless-json.ts';
import { FORCED_CONDITION, isForcedCondition } from './forced-condition.ts';

/** A list of match conditions without the platform's own; no list at all where it was the only one. */
export const matchConditionsToTenant: Capture = {
  run(json) {
    if (!json.includes(FORCED_CONDITION) && !json.includes('\\')) return json;
    const conditions = parseLossless(json);
    if (!Array.isArray(conditions)) return json;
    const shown = conditions.filter((condition) => !isForcedCondition(condition));
    return shown.length > 0 ? printLossless(shown) : null;
  },
};
