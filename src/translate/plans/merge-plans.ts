import type { Plan } from '../engine/plan.ts';

/** Both plans at once; where they say something of the same place, `over` wins. */
export function mergePlans(under: Plan, over: Plan): Plan {
  const fields: Record<string, Plan> = { ...under.fields };
  for (const [field, plan] of Object.entries(over.fields ?? {})) {
    const below = Object.hasOwn(fields, field) ? fields[field] : undefined;
    fields[field] = below ? mergePlans(below, plan) : plan;
  }
  return { ...under, ...over, ...(Object.keys(fields).length > 0 && { fields }) };
}
