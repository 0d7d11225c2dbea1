import * as ascii from './ascii.ts';
import { CaptureCheck } from './capture-check.ts';
import { type CompiledPlan, LEFT_OUT, NOTHING, PlanNode } from './compile-plan.ts';
import { GrammarScanner } from './grammar-scanner.ts';
import { HeldBack } from './held-back.ts';
import { ForeignObjectError } from './json-errors.ts';
import { peekKind } from './peek-kind.ts';
import * as plainRun from './plain-run.ts';
import type { Capture, PlanContext, StringRule } from './plan.ts';
import * as planFlags from './plan-flags.ts';
import type { RewriterOutput } from './rewriter-output.ts';
import * as states from './states.ts';
import { decodeKey, decodeString, prefixLengthIn } from './string-text.ts';
import { TokenHold } from './token-hold.ts';

// Copies of imports, for speed: see grammar-scanner.ts.
const { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, isWhitespace, LINE_FEED, OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;
const { BY_KIND, CAPTURE, DROP, IN_ARRAY, IN_OBJECT, ITEMS_VANISH, MAY_VANISH, MEMBERS_VANISH, STRING, UNIT } = planFlags;
const { AFTER_KEY, AFTER_VALUE, DONE, FIRST_KEY, FIRST_VALUE, HAS_KEPT, IN_STRING, IS_OBJECT, KEY, SPACE_NEEDED, VALUE } = states;
const { plainRunEnd } = plainRun;

const EMPTY = Buffer.alloc(0);

// What the walker is doing, beside the scanner's states from VALUE to AFTER_VALUE.
const BETWEEN_DOCUMENTS = 20;
const SKIPPING = 21;
const IN_KEY = 22;
const IN_TEXT = 23;

export interface Limits {
  readonly maxCapture: number;
  readonly maxUnit: number;
  readonly maxDepth: number;
}

/**
 * Walks through the parts of a document that the plan names, and has the scanner read over the others. Stops anywhere
 * and goes on with the next chunk.
 */
export class PlanWalker {
  readonly scan: GrammarScanner;
  readonly held: HeldBack;
  readonly token: TokenHold;
  readonly #out: RewriterOutput;
  readonly #context: PlanContext;
  readonly #prefix: Buffer;
  readonly #captureCheck: CaptureCheck;
  readonly #many: boolean;
  readonly #root: PlanNode;

  #step = BETWEEN_DOCUMENTS;
  /** The plans of the open containers that are not skipped, by depth. */
  readonly #frames: PlanNode[];
  /** The innermost of them: its plan, whether it is an object, whether something in it may be left out. */
  #node: PlanNode;
  #inObject = false;
  #mayVanish = false;
  /** The plan of the value that comes next or is being read. */
  #child = NOTHING;
  /** The value that is being skipped is left out. */
  isDiscarding = false;
  /** The value that is being skipped is a token. */
  #isCapturing = false;

  #documents = 0;
  /** The line feed behind a document that was left out goes with it. */
  #dropLineFeed = false;
  /** The document was a number or literal: white space must follow, or it would grow together with the next. */
  #needsSpace = false;

  constructor(plan: CompiledPlan, context: PlanContext, out: RewriterOutput, many: boolean, limits: Limits) {
    this.#context = context;
    this.#prefix = Buffer.from(context.prefix);
    this.#captureCheck = new CaptureCheck(context);
    this.#many = many;
    this.#out = out;
    this.token = new TokenHold(out, limits.maxCapture);
    this.held = new HeldBack(limits.maxCapture, limits.maxUnit);
    this.scan = new GrammarScanner(limits.maxDepth);
    this.#root = plan.root;
    this.#node = new PlanNode();
    this.#frames = [this.#node];
  }

  /** Walks over a chunk; returns where it stopped: at `end`, or where an object begins whose kind is not in sight yet. */
  walk(bytes: Buffer, view: DataView, end: number): number {
    const scan = this.scan;
    let pos = 0;
    while (pos < end) {
      const step = this.#step;
      const byte = bytes[pos] as number;
      if (byte === QUOTE && (step === KEY || step === FIRST_KEY)) {
        const start = pos;
        pos = plainRunEnd(bytes, view, start + 1, end);
        if (pos < end && bytes[pos] === QUOTE) {
          this.#plainKey(bytes, start, ++pos);
          if (pos < end && bytes[pos] === COLON) {
            pos++;
            this.#step = VALUE;
          }
        } else {
          this.token.open(start);
          scan.beginString(AFTER_KEY);
          this.#step = IN_KEY;
        }
      } else if (step === VALUE && this.#child.flags === 0 && scan.depth > 0) {
        // Most members: the plan does not name them.
        scan.begin(VALUE, scan.depth);
        pos = scan.skip(bytes, view, pos, end);
        this.#step = scan.state === DONE ? AFTER_VALUE : SKIPPING;
      } else if (byte === COMMA && step === AFTER_VALUE) {
        this.#nextItem(pos++);
      } else if (step === SKIPPING) {
        pos = scan.skip(bytes, view, pos, end);
        if (scan.state === DONE) this.#endValue(bytes, pos);
      } else if (step === IN_KEY || step === IN_TEXT) {
        pos = scan.string(bytes, view, pos, end);
        if (scan.isInString) break;
        if (step === IN_KEY) this.#endKey(bytes, pos);
        else this.#endText(bytes, pos);
      } else if (isWhitespace(byte)) {
        if (step === BETWEEN_DOCUMENTS) this.#passSpace(byte, pos);
        pos++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#close(byte, bytes, pos++);
      } else if (step === VALUE || step === FIRST_VALUE) {
        const next = this.#beginValue(byte, bytes, pos, end);
        if (next < 0) return pos;
        pos = next;
      } else if (byte === COLON && step === AFTER_KEY) {
        pos++;
        this.#step = VALUE;
      } else if (step === BETWEEN_DOCUMENTS && (this.#many || this.#documents === 0) && !this.#needsSpace) {
        this.#beginDocument(byte, pos);
      } else {
        scan.unexpected(byte, pos, this.#expectation());
      }
    }
    return end;
  }

  /** The input ends `pos` bytes into an empty chunk. */
  end(pos: number): void {
    const scan = this.scan;
    if (this.#step === SKIPPING) {
      scan.endOfInput();
      if (scan.state === DONE) this.#endValue(EMPTY, 0);
    }
    const isWhole = this.#step === BETWEEN_DOCUMENTS && (this.#many || this.#documents > 0);
    if (!isWhole) scan.unexpected(undefined, pos, this.#expectation());
  }

  #beginDocument(byte: number, pos: number): void {
    this.#documents++;
    this.#dropLineFeed = false;
    this.#needsSpace = byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== QUOTE;
    this.#child = this.#root;
    if (this.#root.flags & MAY_VANISH) this.#beginItem(pos);
    this.#step = VALUE;
  }

  #passSpace(byte: number, pos: number): void {
    this.#needsSpace = false;
    if (!this.#dropLineFeed) return;
    this.#out.omit(pos, pos + 1);
    if (byte === LINE_FEED) this.#dropLineFeed = false;
  }

  #beginItem(pos: number): void {
    this.held.beginItem(this.#out.markAt(pos), this.scan.offset + pos);
  }

  /** At a comma. Where members may be left out, it is written only if something stands before it. */
  #nextItem(pos: number): void {
    if (this.#mayVanish) {
      this.#beginItem(pos);
      if (((this.scan.kinds[this.scan.depth] as number) & HAS_KEPT) === 0) this.#out.omit(pos, pos + 1);
    }
    if (this.#inObject) this.#step = KEY;
    else {
      this.#step = VALUE;
      this.#child = this.#node.items as PlanNode;
    }
  }

  #open(isObject: boolean, node: PlanNode, pos: number): void {
    this.#frames[this.scan.open(isObject ? IS_OBJECT : 0, pos)] = node;
    this.#enter(node, isObject);
    if (this.#mayVanish) this.#beginItem(pos + 1);
    this.#step = isObject ? FIRST_KEY : FIRST_VALUE;
    if (!isObject) this.#child = node.items as PlanNode;
  }

  #enter(node: PlanNode, isObject: boolean): void {
    this.#node = node;
    this.#inObject = isObject;
    this.#mayVanish = (node.flags & (isObject ? MEMBERS_VANISH : ITEMS_VANISH)) !== 0;
  }

  /** Back to the open container at `depth`. */
  #return(depth: number): void {
    this.#enter(this.#frames[depth] as PlanNode, ((this.scan.kinds[depth] as number) & IS_OBJECT) !== 0);
  }

  #close(bracket: number, bytes: Buffer, pos: number): void {
    const scan = this.scan;
    const isObject = this.#inObject;
    const mayEnd = scan.depth > 0 && (this.#step === AFTER_VALUE || this.#step === (isObject ? FIRST_KEY : FIRST_VALUE));
    if (!mayEnd || bracket !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) scan.unexpected(bracket, pos, this.#expectation());
    if (this.held.itemMark >= 0) this.held.takeItem(scan.offset + pos);
    this.#return(--scan.depth);
    this.#endValue(bytes, pos + 1);
  }

  /** A key that is whole in the chunk and has no escapes: nearly all. */
  #plainKey(bytes: Buffer, from: number, pos: number): void {
    const node = this.#node;
    this.token.checkSize(pos - from);
    let child = (node.fields === null ? null : node.fields.find(bytes, from + 1, pos - 1)) ?? (node.others as PlanNode);
    if (node.key !== null) {
      const key = decodeKey(bytes, from, pos, false);
      const renamed = node.key(key, this.#context);
      if (renamed === null) child = LEFT_OUT;
      else if (renamed !== key) {
        this.#out.insertText(from, JSON.stringify(renamed));
        this.#out.passOver(pos);
      }
    }
    this.#setChild(child, pos);
  }

  /** Any other key. */
  #endKey(bytes: Buffer, pos: number): void {
    const { fields, key: rule, others } = this.#node;
    const { token } = this;
    token.close(bytes, pos);
    const key = decodeKey(token.bytes, token.from, token.to, this.scan.escaped);
    let child = fields?.findByName(key) ?? (others as PlanNode);
    const renamed = rule === null ? key : rule(key, this.#context);
    if (renamed === null) child = LEFT_OUT;
    if (renamed === null || renamed === key) token.keep(pos);
    else token.replace(pos, JSON.stringify(renamed));
    this.#setChild(child, pos);
  }

  #setChild(child: PlanNode, pos: number): void {
    if (this.#mayVanish && (child.flags & MAY_VANISH) === 0) this.#keepItem(pos);
    this.#child = child;
    this.#step = AFTER_KEY;
  }

  /** The member or element stays. */
  #keepItem(pos: number): void {
    this.held.takeItem(this.scan.offset + pos);
    (this.scan.kinds[this.scan.depth] as number) |= HAS_KEPT;
  }

  /** At the first byte of a value; returns where to read on, or -1 where more must be in sight first. */
  #beginValue(byte: number, bytes: Buffer, pos: number, end: number): number {
    const scan = this.scan;
    let node = this.#child;
    if (node.flags & BY_KIND && byte === OPEN_BRACE) {
      const target = peekKind(bytes, pos, end, node.byKind as ReadonlyMap<string, PlanNode>);
      if (target === undefined) return -1;
      node = target ?? node;
      this.#child = node;
    }
    const flags = node.flags;
    scan.begin(VALUE, scan.depth);
    this.#step = SKIPPING;
    if (flags & DROP) {
      this.#out.revert(this.held.takeItem(scan.offset + pos), pos);
      this.isDiscarding = true;
      return pos;
    }
    if (flags & CAPTURE) {
      this.token.open(pos);
      this.#isCapturing = true;
      return pos;
    }
    if (flags & UNIT) this.held.openUnit(scan.depth, scan.offset + pos, node.unownedIsForeign);
    else if (this.held.itemMark >= 0) this.#keepItem(pos);

    if (byte === QUOTE && flags & STRING) {
      this.token.open(pos);
      scan.beginString(AFTER_VALUE);
      this.#step = IN_TEXT;
      return pos + 1;
    }
    if (byte === OPEN_BRACE && flags & IN_OBJECT) this.#open(true, node, pos);
    else if (byte === OPEN_BRACKET && flags & IN_ARRAY) this.#open(false, node, pos);
    else return pos;
    return pos + 1;
  }

  #endValue(bytes: Buffer, pos: number): void {
    const { scan, held } = this;
    let isKept = true;
    if (this.#isCapturing) {
      this.#isCapturing = false;
      isKept = this.#endCapture(bytes, pos);
    } else if (this.isDiscarding) {
      this.isDiscarding = false;
      this.#out.passOver(pos);
      isKept = false;
    }
    if (held.unitDepth === scan.depth) isKept = this.#endUnit(pos) && isKept;
    if (scan.depth === 0) {
      this.#dropLineFeed = !isKept && this.#many;
      this.#step = BETWEEN_DOCUMENTS;
      return;
    }
    if (isKept) (scan.kinds[scan.depth] as number) |= HAS_KEPT;
    this.#step = AFTER_VALUE;
  }

  /** A string with a rule has ended in front of `pos`. */
  #endText(bytes: Buffer, pos: number): void {
    const { token } = this;
    const rule = this.#child.string as StringRule;
    token.close(bytes, pos);
    const isEmpty = token.to - token.from === 2;
    let isOwn: boolean | undefined;
    if (typeof rule === 'function') this.#applyRule(rule, pos);
    else if (isEmpty) token.keep(pos);
    else if (rule === 'add') token.edit(pos, 0, this.#prefix);
    else if (typeof rule === 'object') isOwn = this.#applyRule(rule.own, pos);
    else {
      const cut = prefixLengthIn(token.bytes, token.from + 1, token.to - 1, this.#prefix);
      if (cut > 0) token.edit(pos, cut, EMPTY);
      else token.keep(pos);
      if (rule === 'own') isOwn = cut > 0;
    }
    if (isOwn === false) {
      this.#leaveForeignUnit(bytes, pos);
      return;
    }
    const unit = isOwn ? this.held.undecidedUnit : undefined;
    if (unit) this.held.setOwned(unit, this.scan.offset + pos);
    this.#endValue(bytes, pos);
  }

  /** Returns whether the rule had something to put in the string's place. */
  #applyRule(rule: (text: string, context: PlanContext) => string | undefined, pos: number): boolean {
    const { token } = this;
    const text = decodeString(token.bytes, token.from, token.to, this.scan.escaped);
    const result = rule(text, this.#context);
    if (result === undefined || result === text) token.keep(pos);
    else token.replace(pos, JSON.stringify(result));
    return result !== undefined;
  }

  /** Returns whether the captured value, or what was put in its place, stays. */
  #endCapture(bytes: Buffer, pos: number): boolean {
    const { token } = this;
    const capture = this.#child.capture as Capture;
    token.close(bytes, pos);
    const mark = this.held.takeItem(this.scan.offset + pos);
    if (!this.#captureCheck.mayConcern(capture, token.bytes, token.from, token.to)) {
      token.keep(pos);
      return true;
    }
    const json = token.bytes.toString('utf8', token.from, token.to);
    const result = capture.run(json, this.#context);
    if (result === json) token.keep(pos);
    else if (result !== null) token.replace(pos, result);
    else {
      token.forget();
      this.#out.revert(mark, pos);
      return false;
    }
    return true;
  }

  /** An `own` rule has found another tenant's name: the rest of the unit is read over, nothing of it leaves. */
  #leaveForeignUnit(bytes: Buffer, pos: number): void {
    const { held, scan } = this;
    const depth = held.unitDepth;
    if (held.undecidedUnit === undefined || this.#context.foreign === 'cut') throw new ForeignObjectError();
    this.#out.revert(held.closeUnit(scan.offset + pos), pos);
    this.isDiscarding = true;
    this.#step = SKIPPING;
    // The scanner closes what is open within the unit; the walker goes on in the container around it.
    this.#return(depth);
    scan.begin(AFTER_VALUE, depth);
    if (scan.depth === depth) this.#endValue(bytes, pos);
  }

  /** Returns whether the unit that ends in front of `pos` stays. */
  #endUnit(pos: number): boolean {
    const unit = this.held.undecidedUnit;
    const mark = this.held.closeUnit(this.scan.offset + pos);
    if (!unit?.unownedIsForeign) return true;
    if (this.#context.foreign === 'cut') throw new ForeignObjectError();
    this.#out.revert(mark, pos);
    return false;
  }

  #expectation(): number {
    if (this.#step === SKIPPING) return this.scan.state;
    if (this.#step === IN_KEY || this.#step === IN_TEXT) return IN_STRING;
    if (this.#step !== BETWEEN_DOCUMENTS) return this.#step;
    if (this.#documents === 0) return VALUE;
    return this.#needsSpace && this.#many ? SPACE_NEEDED : DONE;
  }
}
