/** The engine's plans, by field numbers: what is to be done at each field of a message. */
import { compilePlan, NOTHING } from '../engine/compile-plan.ts';
import { rewriteJson } from '../engine/json-rewriter.ts';
import type { Capture, KeyRule, Plan, StringRule } from '../engine/plan.ts';
import { isSpecial } from './special-types.ts';
import { fieldsOf, type WireType } from './wire-schema.ts';

/** What happens to a field. */
export const DROP = 1;
/** A string with a rule. */
export const TEXT = 2;
export const MESSAGE = 3;
/** An entry of a map. */
export const ENTRY = 4;
/** One value is handed over as JSON. */
export const CAPTURE = 5;
/** A whole list or map is. */
export const CAPTURE_ALL = 6;
/** A document within the document: protobuf in an envelope of its own, or JSON. */
export const DOCUMENT = 7;
/** A string rule for what is a string in JSON alone. */
export const JSON_STRING = 8;
/** Which of several plans holds depends on the message's field `kind`. */
export const BY_KIND = 9;

/** All have the same shape, so that the hot loop meets one kind of object. */
export class FieldNode {
  readonly action: number;
  readonly type: WireType;
  string: StringRule | null = null;
  key: KeyRule | null = null;
  capture: Capture | null = null;
  message: MessageNode | null = null;
  /** Of DOCUMENT. */
  plan: Plan | null = null;
  /** Of an entry's value, by the entry's key as it came. */
  byKey: ReadonlyMap<string, FieldNode | null> | null = null;
  others: FieldNode | null = null;
  kindNumber = 0;
  byKind: ReadonlyMap<string, FieldNode | null> | null = null;
  isUnit = false;
  unownedIsForeign = false;

  constructor(action: number, type: WireType) {
    this.action = action;
    this.type = type;
  }
}

export class MessageNode {
  /** By number; null where there is nothing to do. */
  readonly fields: (FieldNode | null)[] = [];
  /** Whether each of its fields can be looked at without the others. */
  isStreamable = true;

  set(number: number, node: FieldNode | null): void {
    while (this.fields.length <= number) this.fields.push(null);
    this.fields[number] = node;
    if (node?.action === CAPTURE_ALL) this.isStreamable = false;
  }
}

const compiled = new WeakMap<Plan, Map<WireType, FieldNode | null>>();
const UNFINISHED = new FieldNode(MESSAGE, '');

/**
 * What to do with a value of that type by that plan, or null for nothing. Made once for each pair.
 *
 * @throws Error for a plan that cannot be carried out on that type
 */
export function compileForType(type: WireType, plan: Plan): FieldNode | null {
  let byType = compiled.get(plan);
  if (!byType) {
    byType = new Map();
    compiled.set(plan, byType);
  }
  const known = byType.get(type);
  if (known === UNFINISHED) throw new Error(`a plan for ${type} holds itself`);
  if (known !== undefined) return known;
  byType.set(type, UNFINISHED);
  const node = compileField(type, plan);
  byType.set(type, node);
  return node;
}

function compileField(type: WireType, plan: Plan): FieldNode | null {
  if (plan.drop) return new FieldNode(DROP, type);
  if (type.startsWith('[]')) {
    if (plan.capture) return captureOf(CAPTURE_ALL, type, plan.capture);
    return plan.items ? compileForType(type.slice(2), plan.items) : null;
  }
  if (type.startsWith('{}')) return plan.capture ? captureOf(CAPTURE_ALL, type, plan.capture) : compileEntry(type, plan);
  if (plan.capture) {
    if (type === 'int' || type === 'bool') throw new Error(`a ${type} cannot be captured`);
    return captureOf(CAPTURE, type, plan.capture);
  }
  if (plan.byKind && type.startsWith('@')) return compileByKind(type, plan, plan.byKind);
  return compileValue(type, plan);
}

function compileValue(type: WireType, plan: Plan): FieldNode | null {
  if (type.startsWith('@') || type.startsWith('Items:')) return compileMessage(type, plan);
  if (type === 'RawExtension' || type === 'FieldsV1') return compileDocument(type, plan);
  if (!plan.string || type === 'int' || type === 'bool') return null;
  const node = new FieldNode(type === 'string' ? TEXT : JSON_STRING, type);
  if (type !== 'string' && typeof plan.string !== 'function') throw new Error(`a prefix where a ${type} stands`);
  if (type !== 'string' && type !== 'bytes' && !isSpecial(type)) throw new Error(`no such type: ${type}`);
  node.string = plan.string;
  return node;
}

function captureOf(action: number, type: WireType, capture: Capture): FieldNode {
  const node = new FieldNode(action, type);
  node.capture = capture;
  return node;
}

function compileMessage(type: WireType, plan: Plan): FieldNode | null {
  if (plan.key) return captureOf(CAPTURE, type, byJson(plan));
  const message = type.startsWith('@') ? fieldsByNumber(type.slice(1), plan) : itemsOf(type.slice('Items:'.length), plan);
  const isIdle = message.fields.every((field) => field === null);
  if (isIdle && !plan.unit) return null;
  const node = new FieldNode(MESSAGE, type);
  node.message = message;
  node.isUnit = plan.unit !== undefined;
  node.unownedIsForeign = plan.unit?.unowned === 'foreign';
  return node;
}

/** To rename a message's members is to write other fields: what then stands where, its JSON says. Nothing in it is a unit's verdict. */
function byJson(plan: Plan): Capture {
  const compiledPlan = compilePlan(plan);
  return { run: (json, context) => rewriteJson(compiledPlan, context, json).toString('utf8') };
}

function fieldsByNumber(typeName: string, plan: Plan): MessageNode {
  const message = new MessageNode();
  for (const [number, [jsonName, type]] of Object.entries(fieldsOf(typeName))) {
    if (jsonName === '') message.set(Number(number), compileMessage(type, fieldsOnly(plan)));
    else {
      const inner = ownField(plan, jsonName) ?? plan.others;
      message.set(Number(number), inner ? compileForType(type, inner) : null);
    }
  }
  return message;
}

/** For what stands in its parent's JSON: the same plan, but for what is about the parent as a whole. */
function fieldsOnly({ fields, others }: Plan): Plan {
  return { ...(fields && { fields }), ...(others && { others }) };
}

function itemsOf(type: WireType, plan: Plan): MessageNode {
  const message = new MessageNode();
  message.set(1, plan.items ? compileForType(type, plan.items) : null);
  return message;
}

function compileEntry(type: WireType, plan: Plan): FieldNode | null {
  const valueType = type.slice(2);
  const byKey = Object.entries(plan.fields ?? {}).map(([key, inner]) => [key, compileForType(valueType, inner)] as const);
  const others = plan.others ? compileForType(valueType, plan.others) : null;
  if (!plan.key && !others && byKey.every(([, node]) => node === null)) return null;
  const node = new FieldNode(ENTRY, type);
  node.key = plan.key ?? null;
  node.byKey = byKey.length > 0 ? new Map(byKey) : null;
  node.others = others;
  return node;
}

/** {1 raw}. */
function compileDocument(type: WireType, plan: Plan): FieldNode | null {
  if (compilePlan(plan).root === NOTHING) return null;
  const document = new FieldNode(DOCUMENT, 'bytes');
  document.plan = plan;
  const node = new FieldNode(MESSAGE, type);
  node.message = new MessageNode();
  node.message.set(1, document);
  return node;
}

function compileByKind(type: WireType, plan: Plan, byKind: Readonly<Record<string, Plan>>): FieldNode | null {
  const kindNumber = Object.entries(fieldsOf(type.slice(1))).find(([, field]) => field[0] === 'kind' && field[1] === 'string')?.[0];
  const others = compileValue(type, plan);
  if (kindNumber === undefined) return others;
  const node = new FieldNode(BY_KIND, type);
  node.kindNumber = Number(kindNumber);
  node.others = others;
  node.byKind = new Map(Object.entries(byKind).map(([kind, target]) => [kind, compileForType(type, withoutByKind(target))]));
  return node;
}

/** `byKind` is followed one step only: a plan that was switched to is not switched again. */
export function withoutByKind(plan: Plan): Plan {
  if (!plan.byKind) return plan;
  const { byKind: _, ...rest } = plan;
  return rest;
}

export function ownField(plan: Plan, jsonName: string): Plan | undefined {
  return plan.fields && Object.hasOwn(plan.fields, jsonName) ? plan.fields[jsonName] : undefined;
}
