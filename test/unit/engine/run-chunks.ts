import { type CompiledPlan, JsonRewriter, type RewriterOptions } from '../../../src/translate/engine/json-rewriter.ts';
import type { PlanContext } from '../../../src/translate/engine/plan.ts';

/** Rewrites `input` in chunks of these lengths, over and over; each chunk is memory of its own, as it comes from a socket. */
export function runChunks(
  plan: CompiledPlan,
  context: PlanContext,
  input: Buffer,
  lengths: readonly number[],
  options?: RewriterOptions,
): Buffer {
  const rewriter = new JsonRewriter(plan, context, options);
  const output: Uint8Array[] = [];
  let turn = 0;
  for (let pos = 0; pos < input.length; ) {
    const length = lengths[turn++ % lengths.length] as number;
    output.push(rewriter.write(Buffer.from(input.subarray(pos, pos + length))));
    pos += length;
  }
  output.push(rewriter.end());
  return Buffer.concat(output);
}
