import { FieldTable } from './field-table.ts';
import type { Capture, KeyRule, Plan, StringRule } from './plan.ts';
import { BY_KIND, CAPTURE, DROP, IN_ARRAY, IN_OBJECT, ITEMS_VANISH, MAY_VANISH, MEMBERS_VANISH, STRING, UNIT } from './plan-flags.ts';

/** A plan, ready for the rewriter. All have the same shape, so that the hot loop meets one kind of object. */
export class PlanNode {
  /** See plan-flags.ts. */
  flags = 0;
  fields: FieldTable | null = null;
  others: PlanNode | null = null;
  items: PlanNode | null = null;
  string: StringRule | null = null;
  key: KeyRule | null = null;
  capture: Capture | null = null;
  unownedIsForeign = false;
  byKind: ReadonlyMap<string, PlanNode> | null = null;
}

/** A compiled plan; opaque outside the engine. */
export interface CompiledPlan {
  readonly root: PlanNode;
}

/** Where there is nothing to do. */
export const NOTHING = new PlanNode();
/** What a key rule that returned null makes of its member. */
export const LEFT_OUT = new PlanNode();
LEFT_OUT.flags = DROP | MAY_VANISH;

/** Compiles a plan with all that it reaches, once. Plans may reach themselves. */
export function compilePlan(plan: Plan): CompiledPlan {
  const nodes = collectNodes(plan);
  const working = findWorking(nodes);
  const nodeOf = (child: Plan): PlanNode => (working.has(child) ? (nodes.get(child) as PlanNode) : NOTHING);
  for (const [source, node] of nodes) node.flags = ownFlags(source, nodeOf);
  for (const [source, node] of nodes) if (mayVanish(source, node, nodes)) node.flags |= MAY_VANISH;
  for (const [source, node] of nodes) link(source, node, nodeOf);
  return { root: nodeOf(plan) };
}

function childrenOf(plan: Plan): Plan[] {
  const children = [...Object.values(plan.fields ?? {}), ...Object.values(plan.byKind ?? {})];
  if (plan.others) children.push(plan.others);
  if (plan.items) children.push(plan.items);
  return children;
}

function collectNodes(plan: Plan): Map<Plan, PlanNode> {
  const nodes = new Map<Plan, PlanNode>();
  const waiting = [plan];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (nodes.has(next)) continue;
    nodes.set(next, new PlanNode());
    waiting.push(...childrenOf(next));
  }
  return nodes;
}

/** Plans that do something themselves or reach one that does; what the others stand at is read over at full speed. */
function findWorking(nodes: ReadonlyMap<Plan, PlanNode>): Set<Plan> {
  const parents = new Map<Plan, Plan[]>();
  const working = new Set<Plan>();
  const waiting: Plan[] = [];
  for (const plan of nodes.keys()) {
    for (const child of childrenOf(plan)) parents.set(child, [...(parents.get(child) ?? []), plan]);
    if (plan.drop || plan.capture || plan.unit || plan.string || plan.key) waiting.push(plan);
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (working.has(next)) continue;
    working.add(next);
    waiting.push(...(parents.get(next) ?? []));
  }
  return working;
}

function ownFlags(plan: Plan, nodeOf: (child: Plan) => PlanNode): number {
  let flags = 0;
  if (plan.drop) flags |= DROP;
  if (plan.capture) flags |= CAPTURE;
  if (plan.unit) flags |= UNIT;
  if (plan.string) flags |= STRING;
  if (plan.byKind) flags |= BY_KIND;
  const members = [...Object.values(plan.fields ?? {}), ...(plan.others ? [plan.others] : [])];
  if (plan.key || members.some((child) => nodeOf(child) !== NOTHING)) flags |= IN_OBJECT;
  if (plan.items && nodeOf(plan.items) !== NOTHING) flags |= IN_ARRAY;
  return flags;
}

/** `byKind` is followed one step only: a plan that was switched to is not switched again. */
function mayVanish(plan: Plan, node: PlanNode, nodes: ReadonlyMap<Plan, PlanNode>): boolean {
  const vanishing = DROP | CAPTURE | UNIT;
  if (node.flags & vanishing) return true;
  return Object.values(plan.byKind ?? {}).some((target) => ((nodes.get(target) as PlanNode).flags & vanishing) !== 0);
}

function link(plan: Plan, node: PlanNode, nodeOf: (child: Plan) => PlanNode): void {
  const fields = new Map(Object.entries(plan.fields ?? {}).map(([key, child]) => [key, nodeOf(child)]));
  node.fields = fields.size > 0 ? new FieldTable(fields) : null;
  node.others = plan.others ? nodeOf(plan.others) : NOTHING;
  node.items = plan.items ? nodeOf(plan.items) : NOTHING;
  node.string = plan.string ?? null;
  node.key = plan.key ?? null;
  node.capture = plan.capture ?? null;
  node.unownedIsForeign = plan.unit?.unowned === 'foreign';
  node.byKind = plan.byKind ? new Map(Object.entries(plan.byKind).map(([kind, child]) => [kind, nodeOf(child)])) : null;
  if (plan.key || [...fields.values(), node.others].some((child) => child.flags & MAY_VANISH)) node.flags |= MEMBERS_VANISH;
  if (node.items.flags & MAY_VANISH) node.flags |= ITEMS_VANISH;
}
