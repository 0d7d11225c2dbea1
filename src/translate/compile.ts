/** The table's rows as compiled plans, each made once. They are shared by all tenants and all exchanges. */
import { type CompiledPlan, compilePlan } from './engine/compile-plan.ts';
import type { Plan } from './engine/plan.ts';
import { buildRequestPlan, withPatchDirectives } from './plans/request-plan.ts';
import { buildNestedResponsePlan, buildResponsePlan, buildWatchPlan, type ResponseOptions } from './plans/response-plan.ts';
import { nestedToTenant, nestedToUpstream } from './rules/nested-object.ts';
import type { ResourceRow } from './table/row.ts';

export type RequestForm = 'object' | 'strategic';

const planOfRow = new WeakMap<ResourceRow, Map<string, Plan>>();
const compiledPlans = new WeakMap<Plan, CompiledPlan>();

const nestedRequest = nestedToUpstream((row) => compiled(requestTree(row, undefined)));
const nestedResponse = nestedToTenant((row) => compiled(once(row, 'nested', () => buildNestedResponsePlan(row, nestedResponse))));

/** For the body of a create or an update, or of a patch that looks like the object (`strategic`: a strategic merge patch). */
export function requestPlan(row: ResourceRow, subresource?: string, form: RequestForm = 'object'): CompiledPlan {
  return compiled(requestTree(row, subresource, form));
}

/** The same before it is compiled, for walking along a JSON patch's paths, and for protobuf. */
export function requestTree(row: ResourceRow, subresource?: string, form: RequestForm = 'object'): Plan {
  return once(row, `request ${form} ${subresource}`, () => {
    const tree = buildRequestPlan(row, subresource, nestedRequest);
    return form === 'strategic' ? withPatchDirectives(tree) : tree;
  });
}

/** For one document that upstream answers: an object, a list, a Table, PartialObjectMetadata (and a list of it), a Status. */
export function responsePlan(row: ResourceRow, subresource?: string, options: ResponseOptions = {}): CompiledPlan {
  return compiled(responseTree(row, subresource, options));
}

/** The same before it is compiled, for answers in protobuf. */
export function responseTree(row: ResourceRow, subresource?: string, options: ResponseOptions = {}): Plan {
  return once(row, `response ${options.filtered === true} ${options.collection === true} ${subresource}`, () =>
    buildResponsePlan(row, subresource, options, nestedResponse),
  );
}

/** For an object of upstream's of which is known that it is the tenant's: inside of an AdmissionReview. Not for streams. */
export function innerResponsePlan(row: ResourceRow, subresource?: string): CompiledPlan {
  return compiled(once(row, `inner ${subresource}`, () => buildNestedResponsePlan(row, nestedResponse, subresource)));
}

/** For the events of a watch, one document each. */
export function watchPlan(row: ResourceRow): CompiledPlan {
  return compiled(watchTree(row));
}

export function watchTree(row: ResourceRow): Plan {
  return once(row, 'watch', () => buildWatchPlan(row, nestedResponse));
}

/** A part of a `requestTree`, compiled. */
export function compiled(plan: Plan): CompiledPlan {
  let result = compiledPlans.get(plan);
  if (!result) {
    result = compilePlan(plan);
    compiledPlans.set(plan, result);
  }
  return result;
}

function once(row: ResourceRow, key: string, build: () => Plan): Plan {
  let plans = planOfRow.get(row);
  if (!plans) {
    plans = new Map();
    planOfRow.set(row, plans);
  }
  let plan = plans.get(key);
  if (!plan) {
    plan = build();
    plans.set(key, plan);
  }
  return plan;
}
