/** RFC 6902 as upstream reads it: each operation's path and value are translated, where its path leads. */
import { KubeError } from '../errors.ts';
import { confineOperation } from './admission/confine-operation.ts';
import { compiled, requestTree } from './compile.ts';
import type { TranslateContext } from './context.ts';
import { rewriteJson } from './engine/json-rewriter.ts';
import type { Plan } from './engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from './lossless-json.ts';
import { followPointer, type Place } from './patch-place.ts';
import type { RuleCapture } from './rules/capture-object.ts';
import { labelLabels, labelMetadata, withTenantLabel } from './rules/tenant-label.ts';
import type { ResourceRow } from './table/row.ts';

/**
 * @param json the patch; must be JSON
 * @returns the patch in upstream's spelling
 * @throws KubeError BadRequest for what is no patch, for an operation inside of something that is translated as a whole,
 *   and for a copy or move between places where the same text means different things
 */
export function translateJsonPatch(row: ResourceRow, subresource: string | undefined, json: string, context: TranslateContext): string {
  const operations = parseLossless(json);
  if (!Array.isArray(operations)) throw cannotUnmarshal(operations, '[]handlers.jsonPatchOp');
  const root = requestTree(row, subresource);
  // Whose the forced fields are is not the tenant's to say; kubectl does when it goes over to server-side apply.
  const kept = row.admission ? operations.filter((operation) => !isOfManagedFields(operation)) : operations;
  return printLossless(
    kept.map((operation) => {
      const translated = translateOperation(operation, root, row, context);
      return row.admission ? confineOperation(translated, operation as PatchOperation, row.admission, context.tenantId) : translated;
    }),
  );
}

/** @throws KubeError BadRequest for one that would move them elsewhere */
function isOfManagedFields(operation: unknown): boolean {
  if (!isJsonObject(operation)) return false;
  const { path, from } = operation;
  if (isInManagedFields(from)) throw new KubeError('BadRequest', `${from}: who manages a field of this object cannot be patched`);
  return isInManagedFields(path);
}

function isInManagedFields(pointer: unknown): boolean {
  return typeof pointer === 'string' && /^\/metadata\/managedFields(\/|$)/.test(pointer);
}

interface PatchOperation {
  readonly path: string;
  readonly from?: unknown;
}

function translateOperation(operation: unknown, root: Plan, row: ResourceRow, context: TranslateContext): JsonObject {
  if (!isJsonObject(operation)) throw cannotUnmarshal(operation, 'handlers.jsonPatchOp');
  const { op, path, from } = operation;
  for (const [member, value] of Object.entries({ op, path, from })) {
    if (value !== undefined && typeof value !== 'string')
      throw cannotUnmarshal(value, 'string', `Go struct field jsonPatchOp.${member} of type`);
  }
  if (typeof path !== 'string') throw new KubeError('BadRequest', 'error decoding patch: an operation has no path');
  const target = followPointer(root, path, context);
  if (op === 'copy' || op === 'move') return copyOrMove(operation, target, root, context);
  const translated = {
    ...operation,
    ...(op === 'remove' && keptWhenRemoved(target, context)),
    path: target.pointer,
    ...(Object.hasOwn(operation, 'value') && { value: translateValue(operation.value, target, context) }),
  };
  return row.labelled ? withLabelKept(translated, context) : translated;
}

function copyOrMove(operation: JsonObject, target: Place, root: Plan, context: TranslateContext): JsonObject {
  const { op, path, from } = operation;
  if (typeof from !== 'string') throw new KubeError('BadRequest', `error decoding patch: the ${op} operation has no from`);
  const source = followPointer(root, from, context);
  const capture: RuleCapture | undefined = source.plan?.capture;
  if (source.plan !== target.plan || (op === 'move' && capture?.isForced)) {
    throw new KubeError(
      'BadRequest',
      `${op} from ${from} to ${path}: what stands there is translated in different ways, send the value instead`,
    );
  }
  return { ...operation, path: target.pointer, from: source.pointer };
}

/** What upstream has of the platform's stays. */
function keptWhenRemoved({ plan }: Place, context: TranslateContext): JsonObject {
  const capture: RuleCapture | undefined = plan?.capture;
  return capture?.forcedItems || capture?.isForced ? { op: 'replace', value: parseLossless(capture.run('null', context) ?? 'null') } : {};
}

function translateValue(value: unknown, { plan }: Place, context: TranslateContext): unknown {
  return plan ? parseLossless(rewriteJson(compiled(plan), context, printLossless(value)).toString('utf8')) : value;
}

/** What replaces the labels, or all that they stand in, has the tenant's among them. */
function withLabelKept(operation: JsonObject, { tenantId }: TranslateContext): JsonObject {
  const { op, path, value } = operation;
  if (path === '/metadata/labels') {
    // Taking them all off leaves one.
    const rest = op === 'remove' ? { op: 'add', path } : operation;
    return { ...rest, value: labelLabels(value, tenantId, 'object') };
  }
  if (path === '/metadata' && isJsonObject(value)) return { ...operation, value: labelMetadata(value, tenantId, 'object') };
  if (path === '') return { ...operation, value: withTenantLabel(value, tenantId, 'object') };
  return operation;
}

function cannotUnmarshal(value: unknown, type: string, into = 'Go value of type'): KubeError {
  return new KubeError('BadRequest', `error decoding patch: json: cannot unmarshal ${goKind(value)} into ${into} ${type}`);
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'number';
}
