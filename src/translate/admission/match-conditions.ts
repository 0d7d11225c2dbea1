import type { TranslateContext } from '../context.ts';
import type { Capture } from '../engine/plan.ts';
import { isJsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { celToTenant } from './cel-expression.ts';
import { isForcedCondition } from './forced-condition.ts';

/** A list of match conditions in the tenant's words, without the platform's own; no list at all where it was the only one. */
export const matchConditionsToTenant: Capture = {
  run(json, context: TranslateContext) {
    const conditions = parseLossless(json);
    if (!Array.isArray(conditions)) return json;
    const shown = conditions
      .filter((condition) => !isForcedCondition(condition))
      .map((condition) =>
        isJsonObject(condition) && typeof condition.expression === 'string'
          ? { ...condition, expression: celToTenant(condition.expression, context) }
          : condition,
      );
    return shown.length > 0 ? printLossless(shown) : null;
  },
};
