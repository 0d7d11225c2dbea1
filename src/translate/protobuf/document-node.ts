import type { Plan, StringRule } from '../engine/plan.ts';
import { CAPTURE, compileForType, DROP, type FieldNode, MESSAGE, ownField, withoutByKind } from './compile-message-plan.ts';
import { messageTypeOf } from './wire-schema.ts';

/** What to do with a document in an envelope, by the kind that stands there. */
export interface DocumentNode {
  readonly apiVersion: StringRule | undefined;
  readonly kind: StringRule | undefined;
  /** Null: nothing is done inside. */
  readonly value: FieldNode | null;
  readonly isUnit: boolean;
  readonly unownedIsForeign: boolean;
}

const known = new WeakMap<Plan, Map<string, DocumentNode>>();

/** @throws Error for a kind that has no message type, unless the plan lets no such kind pass anyway */
export function documentNode(plan: Plan, apiVersion: string, kind: string): DocumentNode {
  let byKind = known.get(plan);
  if (!byKind) {
    byKind = new Map();
    known.set(plan, byKind);
  }
  const typeName = messageTypeOf(apiVersion, kind);
  // Kinds without a type are as many as somebody makes up: nothing of them is kept.
  if (typeName === undefined) return build(plan, kind, undefined);
  const key = `${apiVersion}/${kind}`;
  let node = byKind.get(key);
  if (!node) {
    node = build(plan, kind, typeName);
    byKind.set(key, node);
  }
  return node;
}

function build(plan: Plan, kind: string, typeName: string | undefined): DocumentNode {
  const isSwitched = plan.byKind !== undefined && Object.hasOwn(plan.byKind, kind);
  const { unit, ...target } = isSwitched ? withoutByKind(plan.byKind![kind]!) : withoutByKind(plan);
  const rules = { apiVersion: ownField(target, 'apiVersion')?.string, kind: ownField(target, 'kind')?.string };
  const isUnit = unit !== undefined;
  const unownedIsForeign = unit?.unowned === 'foreign';
  if (typeName === undefined) {
    if (!unownedIsForeign && rules.kind !== 'own') throw new Error('a document of a kind that has no message type');
    return { ...rules, value: null, isUnit, unownedIsForeign };
  }
  const value = compileForType(`@${typeName}`, target);
  if (value && (value.action === DROP || value.action === CAPTURE)) throw new Error('a document cannot be dropped or captured');
  if (value && value.action !== MESSAGE) throw new Error('a document is no message');
  return { ...rules, value, isUnit, unownedIsForeign };
}
