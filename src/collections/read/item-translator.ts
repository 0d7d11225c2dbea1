import { compiled, responseTree } from '../../translate/compile.ts';
import { JsonRewriter } from '../../translate/engine/json-rewriter.ts';
import type { Plan, PlanContext } from '../../translate/engine/plan.ts';
import type { MessageNode } from '../../translate/protobuf/compile-message-plan.ts';
import { documentNode } from '../../translate/protobuf/document-node.ts';
import { FOREIGN, MessageWalker } from '../../translate/protobuf/message-walker.ts';
import type { ResourceRow } from '../../translate/table/row.ts';
import type { Form, Shape } from '../form.ts';

/** Gives an item of a list, as a `PageReader` cut it out, in the tenant's names. @throws ForeignObjectError for one that is not the tenant's */
export type ItemTranslator = (item: Buffer) => Buffer;

/** @param context must have `foreign: 'cut'`. A translator that has thrown is of no more use. */
export function createItemTranslator(
  row: ResourceRow,
  { shape, isProtobuf }: Form,
  context: PlanContext,
  listVersion: string,
): ItemTranslator {
  if (isProtobuf) return protobufTranslator(row, shape, context, listVersion);
  const rewriter = new JsonRewriter(compiled(itemTree(row, shape)), context, { documents: 'many' });
  return (item) => {
    const output = rewriter.write(item);
    return Buffer.isBuffer(output) ? output : Buffer.from(output);
  };
}

function protobufTranslator(row: ResourceRow, shape: Shape, context: PlanContext, listVersion: string): ItemTranslator {
  const kind = shape === 'partial' ? 'PartialObjectMetadataList' : `${row.kind}List`;
  const { value } = documentNode(listTree(row), listVersion, kind);
  const node = value?.message as MessageNode | null | undefined;
  if (!node) throw new Error(`nothing is known of a ${kind} in protobuf`);
  const walker = new MessageWalker(context);
  return (item) => {
    walker.source = item;
    const delta = walker.message(node, 0, item.length);
    if (delta === FOREIGN) throw new Error('an item without its list');
    return walker.edits.apply(item, 0, item.length, delta);
  };
}

function listTree(row: ResourceRow): Plan {
  return responseTree(row, undefined, { filtered: true, collection: true });
}

function itemTree(row: ResourceRow, shape: Shape): Plan {
  const tree = listTree(row);
  const list = tree.byKind![shape === 'table' ? 'Table' : shape === 'partial' ? 'PartialObjectMetadataList' : `${row.kind}List`] ?? tree;
  return (shape === 'table' ? list.fields!.rows! : list.fields!.items!).items!;
}
