/** From the table's paths to the engine's tree. */
import type { Plan } from '../engine/plan.ts';
import type { FieldRule, Fields } from '../table/row.ts';
import { mergePlans } from './merge-plans.ts';

type Step = { readonly field: string } | 'items' | 'others';

/** Undefined: nothing is done there. */
export type Rules = Readonly<Record<FieldRule, Plan | undefined>>;

interface Node {
  readonly fields: Map<string, Node>;
  items?: Node;
  others?: Node;
  rule?: FieldRule;
}

/**
 * @param rules what each rule means in the direction that is being compiled
 * @throws Error for a path that is not in the table's notation, or two rules at one place
 */
export function fieldsToPlan(fields: Fields, rules: Rules): Plan {
  const root = newNode();
  place(root, fields);
  return toPlan(root, rules) ?? {};
}

/** `a.b[].c`, `a{}.b`, `a["b.c/d"]` as steps. */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  const token = /(?:^|\.)([A-Za-z0-9]+)|\["([^"]+)"\]|(\[\])|(\{\})/y;
  while (token.lastIndex < path.length) {
    const at = token.lastIndex;
    const match = token.exec(path);
    if (!match) throw new Error(`the table's path ${path} cannot be read at ${at}`);
    const field = match[1] ?? match[2];
    steps.push(field !== undefined ? { field } : match[3] ? 'items' : 'others');
  }
  return steps;
}

function newNode(): Node {
  return { fields: new Map() };
}

function place(node: Node, value: FieldRule | Fields): void {
  if (typeof value === 'string') {
    if (node.rule !== undefined && node.rule !== value) throw new Error(`two rules at one place: ${node.rule}, ${value}`);
    node.rule = value;
    return;
  }
  for (const [path, inner] of Object.entries(value)) {
    let target = node;
    for (const step of parsePath(path)) target = follow(target, step);
    place(target, inner);
  }
}

function follow(node: Node, step: Step): Node {
  if (step === 'items') {
    node.items ??= newNode();
    return node.items;
  }
  if (step === 'others') {
    node.others ??= newNode();
    return node.others;
  }
  let child = node.fields.get(step.field);
  if (!child) {
    child = newNode();
    node.fields.set(step.field, child);
  }
  return child;
}

function toPlan(node: Node, rules: Rules): Plan | undefined {
  const fields = [...node.fields].flatMap(([field, child]) => {
    const plan = toPlan(child, rules);
    return plan ? [[field, plan] as const] : [];
  });
  const items = node.items && toPlan(node.items, rules);
  const others = node.others && toPlan(node.others, rules);
  const own = node.rule && rules[node.rule];
  if (!own && !items && !others && fields.length === 0) return undefined;
  const inner: Plan = {
    ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    ...(items && { items }),
    ...(others && { others }),
  };
  return own ? mergePlans(own, inner) : inner;
}
