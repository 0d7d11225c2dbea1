import { watchPlan, watchTree } from '../../translate/compile.ts';
import type { TranslateContext } from '../../translate/context.ts';
import { JsonRewriter } from '../../translate/engine/json-rewriter.ts';
import { ProtobufRewriter, type Rewriter } from '../../translate/protobuf/protobuf-rewriter.ts';
import type { ResourceRow } from '../../translate/table/row.ts';
import type { Form } from '../form.ts';

/** Puts events of one watch into tenants' names. */
export interface EventTranslator {
  /**
   * @param frame a whole one
   * @param sharedName of an object that the platform shares: it may have ceased to by now
   * @throws Error for an event that is not the tenant's, as for any that cannot be read
   */
  translate(tenantId: string, frame: Buffer, sharedName?: string): Buffer;
  /** There is nobody of that tenant any more. */
  forget(tenantId: string): void;
}

/** @param contextOf must have `foreign: 'cut'`: whose an event is was decided by where its object stands, and is found out here again */
export function createEventTranslator(
  row: ResourceRow,
  { isProtobuf }: Form,
  contextOf: (tenantId: string) => TranslateContext,
): EventTranslator {
  const rewriters = new Map<string, Rewriter>();
  return {
    translate(tenantId, frame, sharedName) {
      if (sharedName !== undefined) {
        return toBuffer(createRewriter(row, isProtobuf, withShared(contextOf(tenantId), row, sharedName)).write(frame));
      }
      const rewriter = rewriters.get(tenantId) ?? createRewriter(row, isProtobuf, contextOf(tenantId));
      rewriters.set(tenantId, rewriter);
      try {
        return toBuffer(rewriter.write(frame));
      } catch (error) {
        // It would throw the same for ever.
        rewriters.delete(tenantId);
        throw error;
      }
    },
    forget: (tenantId) => void rewriters.delete(tenantId),
  };
}

function withShared(context: TranslateContext, row: ResourceRow, sharedName: string): TranslateContext {
  const { shared } = context;
  const isSharedObject = (group: string, kind: string, name: string): boolean =>
    (group === row.group && kind === row.kind && name === sharedName) || shared?.isSharedObject(group, kind, name) === true;
  return { ...context, shared: { isSharedGroup: () => false, ...shared, isSharedObject } };
}

function createRewriter(row: ResourceRow, isProtobuf: boolean, context: TranslateContext): Rewriter {
  return isProtobuf
    ? new ProtobufRewriter(watchTree(row), context, { form: 'frames' })
    : new JsonRewriter(watchPlan(row), context, { documents: 'many' });
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
