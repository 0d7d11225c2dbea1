import { JSON_TYPE, PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { responsePlan, responseTree, watchPlan, watchTree } from '../translate/compile.ts';
import { JsonRewriter } from '../translate/engine/json-rewriter.ts';
import { ProtobufRewriter } from '../translate/protobuf/protobuf-rewriter.ts';
import { locationToTenant, plainTextToTenant, warningToTenant } from '../translate/response-text.ts';
import type { Decision, Translation } from './decision.ts';
import { HeaderChanges, type HeaderView } from './headers.ts';
import type { HeaderMutation } from './protocol.ts';
import type { ResponseHead } from './read-head.ts';

/** Takes a body chunk by chunk, gives it back in the tenant's names. What it throws must cut the answer. */
export interface BodyTranslator {
  write(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/**
 * What to do with an answer, by its status and media type.
 *
 * @throws Error for a body in a form that cannot be read: what is not understood is not passed on
 */
export function prepareResponse(
  head: ResponseHead,
  decision: Decision,
): { headers: HeaderMutation; translator: BodyTranslator | undefined } {
  const translation = decision.translation!;
  const headers = new HeaderChanges();
  translateHeaders(headers, head.headers, translation.context.tenantId);
  for (const [name, value] of decision.limitHeaders?.() ?? []) headers.set(name, value);
  const translator = head.hasBody ? translatorFor(head, decision.response, translation) : undefined;
  if (translator) headers.remove('content-length');
  return { headers: headers.build(), translator };
}

function translatorFor(head: ResponseHead, response: Decision['response'], translation: Translation): BodyTranslator | undefined {
  const failed = head.code >= 400;
  // 101, and 200 of a WebSocket over HTTP/2: from here on it is the client's own protocol.
  if (response === 'stream' && !failed) return undefined;
  const [mediaType = '', ...parameters] = (head.headers.get('content-type') ?? '').split(';').map((part) => part.trim().toLowerCase());
  const isWatch = translation.verb === 'watch' && head.code === 200;
  if (mediaType === JSON_TYPE) return jsonTranslator(translation, isWatch);
  if (mediaType === PROTOBUF_TYPE) return protobufTranslator(translation, isWatch, parameters);
  // A proxied server's error pages are its own; the apiserver's errors about it are Statuses.
  if (translation.subresource === 'proxy') return undefined;
  if (failed && (mediaType === 'text/plain' || mediaType === '')) return new TextTranslator(translation.context.tenantId);
  if (response === 'stream') return undefined;
  throw new Error(`upstream answered ${head.code} in ${mediaType || 'no media type'}`);
}

function jsonTranslator({ row, subresource, verb, filtered, context }: Translation, isWatch: boolean): BodyTranslator {
  if (isWatch) return new JsonRewriter(watchPlan(row), context, { documents: 'many' });
  // Only custom resources need to be told.
  const collection = verb === 'list' || verb === 'deletecollection';
  return new JsonRewriter(responsePlan(row, subresource, { filtered, collection }), context);
}

/** @throws Error for a watch that does not say that it comes in frames, or an object that says so */
function protobufTranslator(
  { row, subresource, filtered, context }: Translation,
  isWatch: boolean,
  parameters: readonly string[],
): BodyTranslator {
  if (parameters.includes('stream=watch') !== isWatch) throw new Error('upstream answered in another form of protobuf than was expected');
  if (isWatch) return new ProtobufRewriter(watchTree(row), context, { form: 'frames' });
  return new ProtobufRewriter(responseTree(row, subresource, { filtered }), context);
}

/** Headers in which upstream's names stand, and what it says about its own queues. */
function translateHeaders(changes: HeaderChanges, headers: HeaderView, tenantId: string): void {
  changes.remove('x-kubernetes-pf-flowschema-uid').remove('x-kubernetes-pf-prioritylevel-uid');
  const warnings = headers.all('warning');
  if (warnings.length > 0)
    changes.setAll(
      'warning',
      warnings.map((warning) => warningToTenant(tenantId, warning)),
    );
  const location = headers.get('location');
  if (location !== undefined) changes.set('location', locationToTenant(tenantId, location));
}

/** A short plain text, such as "404 page not found" or a node's own error. */
class TextTranslator implements BodyTranslator {
  readonly #tenantId: string;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  write(chunk: Uint8Array): Uint8Array {
    this.#length += chunk.length;
    if (this.#length > 64 * 1024) throw new Error('an error text of more than 64 KiB');
    this.#chunks.push(chunk);
    return new Uint8Array(0);
  }

  end(): Uint8Array {
    return Buffer.from(plainTextToTenant(this.#tenantId, Buffer.concat(this.#chunks).toString('utf8')));
  }
}
