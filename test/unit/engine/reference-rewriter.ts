import type { Plan, PlanContext, StringRule } from '../../../src/translate/engine/plan.ts';
import { isLeaf, parseDocuments, printTree, type Tree } from './json-tree.ts';

/** The plan's meaning, written down the plain way: parse all of it, edit the tree, print it. */

export class ReferenceForeign extends Error {}

interface Unit {
  isOwned: boolean;
}

/** Thrown inside a unit, caught where the unit begins. */
class UnitIsForeign extends Error {}

export function rewriteByReference(plan: Plan, context: PlanContext, text: string, many: boolean): string {
  const { documents, tail } = parseDocuments(text, many);
  const reference = new Reference(context);
  let output = '';
  let isAfterDropped = false;
  // The line feed behind a dropped document, with the blanks before it, goes with the document.
  const space = (blank: string) => (isAfterDropped ? blank.slice(blank.includes('\n') ? blank.indexOf('\n') + 1 : blank.length) : blank);
  for (const { lead, value } of documents) {
    output += space(lead);
    const result = reference.value(value, plan);
    output += result ?? '';
    isAfterDropped = many && result === null;
  }
  return output + space(tail);
}

class Reference {
  readonly #context: PlanContext;
  readonly #units: Unit[] = [];

  constructor(context: PlanContext) {
    this.#context = context;
  }

  /** What stands in the value's place; null where it is left out. */
  value(tree: Tree, givenPlan: Plan): string | null {
    const plan = switchByKind(tree, givenPlan);
    if (plan.drop) return null;
    if (plan.capture) return this.#capture(tree, plan.capture);
    if (!plan.unit) return this.#inner(tree, plan);
    const unit: Unit = { isOwned: false };
    this.#units.push(unit);
    const depth = this.#units.length;
    try {
      const result = this.#inner(tree, plan);
      if (!unit.isOwned && plan.unit.unowned === 'foreign') {
        if (this.#context.foreign === 'cut') throw new ReferenceForeign();
        return null;
      }
      return result;
    } catch (error) {
      if (error instanceof UnitIsForeign) return null;
      throw error;
    } finally {
      this.#units.length = depth - 1;
    }
  }

  #capture(tree: Tree, capture: NonNullable<Plan['capture']>): string | null {
    const json = printTree(tree);
    const { prefix, tenantId } = this.#context;
    const holdsIdentity = capture.unlessHolding === 'identity' && json.includes(`kubezoo:${tenantId}:`);
    if (capture.unlessHolding && !json.includes(prefix) && !json.includes('\\') && !holdsIdentity) return json;
    return capture.run(json, this.#context);
  }

  #inner(tree: Tree, plan: Plan): string {
    if (isLeaf(tree)) return plan.string && tree.type === 'string' ? this.#string(tree.raw, plan.string) : tree.raw;
    const [open, close] = tree.type === 'object' ? '{}' : '[]';
    let output = open + tree.blank;
    let hasKept = false;
    for (const item of tree.items) {
      let rawKey: string | null = item.rawKey;
      let child: Plan = plan.items ?? {};
      if (tree.type === 'object') {
        const key = JSON.parse(item.rawKey) as string;
        child = Object.hasOwn(plan.fields ?? {}, key) ? (plan.fields?.[key] as Plan) : (plan.others ?? {});
        const renamed = plan.key ? plan.key(key, this.#context) : key;
        rawKey = renamed === null ? null : renamed === key ? item.rawKey : JSON.stringify(renamed);
      }
      const value = rawKey === null ? null : this.value(item.value, child);
      if (value !== null) {
        output += (hasKept ? ',' : '') + item.lead + rawKey + item.colon + value;
        hasKept = true;
      }
      output += item.trail;
    }
    return output + close;
  }

  #string(raw: string, rule: StringRule): string {
    const text = JSON.parse(raw) as string;
    const { prefix } = this.#context;
    if (typeof rule === 'function') {
      const result = rule(text, this.#context);
      return result === text ? raw : JSON.stringify(result);
    }
    if (text === '') return raw;
    if (typeof rule === 'object') {
      const result = rule.own(text, this.#context);
      this.#verdict(result !== undefined);
      return result === undefined || result === text ? raw : JSON.stringify(result);
    }
    if (rule === 'add') return `"${prefix}${raw.slice(1)}`;
    const isOwn = text.startsWith(prefix) && text.length > prefix.length;
    if (rule === 'own') this.#verdict(isOwn);
    return isOwn ? `"${rawBehind(raw, prefix.length)}` : raw;
  }

  #verdict(isOwn: boolean): void {
    const unit = this.#units.at(-1);
    if (isOwn) {
      if (unit) unit.isOwned = true;
      return;
    }
    if (!unit || unit.isOwned || this.#context.foreign === 'cut') throw new ReferenceForeign();
    throw new UnitIsForeign();
  }
}

/** A raw string without its opening quote and its first `count` characters, however they are written. */
function rawBehind(raw: string, count: number): string {
  let rest = raw.slice(1);
  for (let index = 0; index < count; index++) rest = rest.replace(/^(?:\\u[0-9a-fA-F]{4}|\\.|[^\\])/su, '');
  return rest;
}

function switchByKind(tree: Tree, plan: Plan): Plan {
  if (!plan.byKind || isLeaf(tree) || tree.type !== 'object') return plan;
  const first = tree.items[0];
  if (first?.value.type !== 'string' || JSON.parse(first.rawKey) !== 'kind') return plan;
  const kind = JSON.parse(first.value.raw) as string;
  return Object.hasOwn(plan.byKind, kind) ? (plan.byKind[kind] as Plan) : plan;
}
