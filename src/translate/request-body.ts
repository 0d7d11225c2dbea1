import { KubeError } from '../errors.ts';
import { keepWebhooksConfined, withSpec } from './admission/applied-over.ts';
import { confineBody } from './admission/confine-body.ts';
import { requestPlan } from './compile.ts';
import type { TranslateContext } from './context.ts';
import { JsonSyntaxError, rewriteJson } from './engine/json-rewriter.ts';
import { translateJsonPatch } from './json-patch.ts';
import { isJsonObject, parseLossless, printLossless } from './lossless-json.ts';
import { malformedBody } from './malformed-body.ts';
import { type BodyFormat, bodyFormat } from './media-type.ts';
import { YamlError, yamlToJson } from './parse-yaml.ts';
import { isOwnKind, subresourceOf } from './plans/row-plan.ts';
import { hasProtobuf } from './protobuf/has-protobuf.ts';
import { translateProtobufBody } from './protobuf/translate-protobuf-body.ts';
import { refuseUnreadableDeletion } from './rules/delete-options.ts';
import { withInertSelectors } from './rules/inert-selectors.ts';
import { type LabelledForm, withTenantLabel } from './rules/tenant-label.ts';
import type { ResourceRow } from './table/row.ts';

export interface RequestBodyInput {
  readonly row: ResourceRow;
  readonly subresource?: string | undefined;
  /** Of Kubernetes: create, update, patch, delete, deletecollection. */
  readonly verb: string;
  /** The header; '' where there is none. */
  readonly contentType: string;
  readonly body: Buffer;
  readonly context: TranslateContext;
}

export interface UpstreamBody {
  /** JSON, or protobuf where it was that. */
  readonly body: Buffer;
  /** As what upstream must read it. */
  readonly contentType: string;
}

/**
 * A request's whole body, in the tenant's names in, in upstream's out. Patches stay what they are.
 *
 * @throws KubeError UnsupportedMediaType, BadRequest (not JSON or YAML, or cannot be translated), Invalid (a name too
 *   long), Forbidden (something that acts on the whole cluster)
 */
export function translateRequestBody({ row, subresource, verb, contentType, body, context }: RequestBodyInput): UpstreamBody {
  const format = bodyFormat(verb, contentType, hasProtobuf(row));
  const upstreamType = format === 'yaml' ? 'application/json' : contentType;
  if (body.length === 0) return { body, contentType: upstreamType };
  const kind = subresourceOf(row, subresource)?.kind ?? row.kind;
  if (format === 'protobuf') {
    // What is forced on these objects is put into their JSON.
    const isForced = row.admission || isInertKind(row);
    const byJson = isForced ? (json: Buffer) => translate(row, subresource, 'json', json, context) : undefined;
    return { body: translateProtobufBody({ row, subresource, verb, kind, body, context, byJson }), contentType };
  }
  const json = format === 'yaml' || format === 'apply-patch' ? fromYaml(format, kind, body) : body;
  if (verb === 'delete' || verb === 'deletecollection') return { body: checkDeleteOptions(json), contentType: upstreamType };
  try {
    return { body: translate(row, subresource, format, json, context), contentType: upstreamType };
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof SyntaxError) throw malformedBody(format, kind, json.toString('utf8'));
    // Nested deeper than the stack: upstream has a limit too.
    if (error instanceof RangeError) throw malformedBody(format, kind, json.toString('utf8'), 'exceeded max depth');
    throw error;
  }
}

function translate(row: ResourceRow, subresource: string | undefined, format: BodyFormat, json: Buffer, context: TranslateContext): Buffer {
  if (format === 'json-patch') return Buffer.from(translateJsonPatch(row, subresource, json.toString('utf8'), context));
  const strategic = format === 'strategic-merge-patch';
  const upstream = rewriteJson(requestPlan(row, subresource, strategic ? 'strategic' : 'object'), context, json);
  if (!row.labelled || !isOwnKind(row, subresource)) return upstream;
  const form: LabelledForm = strategic ? 'strategic' : format === 'merge-patch' ? 'merge' : 'object';
  const labelled = withTenantLabel(parseLossless(upstream.toString('utf8')), context.tenantId, form);
  if (row.admission) {
    // Of a status nothing else is written.
    const applied = format === 'apply-patch' && subresource === undefined ? row.admission.holder : undefined;
    const confined = confineBody(applied === 'spec' ? withSpec(labelled) : labelled, row.admission, context.tenantId, form);
    return Buffer.from(printLossless(applied === 'webhooks' ? keepWebhooksConfined(confined, context.appliedOver) : confined));
  }
  // Applied, it would take the selectors from whoever manages them.
  const isInert = isInertKind(row) && form === 'object' && format !== 'apply-patch' && isJsonObject(labelled);
  return Buffer.from(printLossless(isInert ? withInertSelectors(labelled) : labelled));
}

/** Whether upstream's objects have something in them that the tenant's need not have. */
function isInertKind(row: ResourceRow): boolean {
  return row.fields['spec.selectors'] === 'inertSelectors';
}

function fromYaml(format: BodyFormat, kind: string, body: Buffer): Buffer {
  const text = body.toString('utf8');
  try {
    return Buffer.from(yamlToJson(text));
  } catch (error) {
    if (error instanceof YamlError) throw malformedBody(format, kind, text, error.message);
    throw error;
  }
}

/** metav1.DeleteOptions hold no names, but one of them is not for tenants. */
function checkDeleteOptions(json: Buffer): Buffer {
  let options: unknown;
  try {
    options = parseLossless(json.toString('utf8'));
  } catch {
    throw new KubeError('BadRequest', 'the body of the request is not JSON');
  }
  if (isJsonObject(options)) refuseUnreadableDeletion(options);
  return Buffer.from(printLossless(options));
}
