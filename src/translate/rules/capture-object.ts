import type { TranslateContext } from '../context.ts';
import type { Capture, Plan } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';

/** A capture, and what of it does not depend on the rest: members that a JSON patch may change on their own. */
export interface RuleCapture extends Capture {
  readonly freeMembers?: readonly string[];
  readonly members?: Readonly<Record<string, CapturedMember>>;
  /** Of a list: how many elements upstream's has in front of the tenant's. Nothing inside of the others is translated. */
  readonly forcedItems?: number;
  /** What upstream's has besides the tenant's stays when the tenant removes all: `run` is asked for what is left of `null`. */
  readonly isForced?: true;
  /** How a JSON patch's pointer goes on inside, where each part can be translated by itself. */
  readonly inside?: Plan;
}

/** A member that a JSON patch may change on its own, translated by itself. */
export interface CapturedMember {
  /** As it is called upstream. */
  readonly key: string;
  readonly plan: Plan;
}

interface Options extends Pick<RuleCapture, 'members' | 'inside'> {
  readonly unlessHolding?: 'prefix' | 'identity';
  readonly freeMembers?: readonly string[];
}

/** Holds an object back and hands it over parsed; anything else that stands there (null, a wrong type) stays for upstream to judge. */
export function captureObject(
  translate: (object: JsonObject, context: TranslateContext) => JsonObject,
  options: Options = {},
): RuleCapture {
  return {
    run(json: string, context: TranslateContext): string {
      const value = parseLossless(json);
      if (!isJsonObject(value)) return json;
      const translated = translate(value, context);
      return translated === value ? json : printLossless(translated);
    },
    ...options,
  };
}

/** A member's value where it is a string that says something. */
export function textOf(object: JsonObject, member: string): string | undefined {
  const value = Object.hasOwn(object, member) ? object[member] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
