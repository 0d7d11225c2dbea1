import type { Plan, PlanContext } from '../../../../src/translate/engine/plan.ts';
import { encodeMessage } from '../../../../src/translate/protobuf/encode-message.ts';
import { type ProtobufOptions, ProtobufRewriter } from '../../../../src/translate/protobuf/protobuf-rewriter.ts';
import { messageTypeOf } from '../../../../src/translate/protobuf/wire-schema.ts';
import { WireWriter } from '../../../../src/translate/protobuf/wire-writer.ts';
import { readProtobuf, toProtobuf } from '../../../helpers/protobuf-text.ts';

export type Json = { [key: string]: unknown };

export function contextOf(foreign: 'drop' | 'cut' = 'cut'): PlanContext {
  return { tenantId: 'demo01', prefix: 'demo01-', foreign };
}

/** In chunks of these lengths, over and over; each chunk is memory of its own, as it comes from a socket. */
export function runChunks(plan: Plan, context: PlanContext, input: Buffer, lengths: readonly number[], options?: ProtobufOptions): Buffer {
  const rewriter = new ProtobufRewriter(plan, context, options);
  const output: Uint8Array[] = [];
  let turn = 0;
  for (let pos = 0; pos < input.length; ) {
    const length = lengths[turn++ % lengths.length]!;
    output.push(rewriter.write(Buffer.from(input.subarray(pos, pos + length))));
    pos += length;
  }
  output.push(rewriter.end());
  return Buffer.concat(output);
}

/** An object through a plan for it, and back to JSON without its kind. */
export function rewriteObject(plan: Plan, object: Json, context = contextOf()): Json {
  const { kind: _, apiVersion: __, ...rest } = readProtobuf(runChunks(plan, context, toProtobuf(object), [1 << 20]));
  return rest;
}

/** The bytes of a message of which a part is given as bytes: fields that no schema knows. */
export function messageWith(apiVersion: string, kind: string, object: Json, more: (writer: WireWriter) => void): Buffer {
  const writer = new WireWriter();
  writer.raw(encodeMessage(messageTypeOf(apiVersion, kind)!, object));
  more(writer);
  return writer.finish();
}
