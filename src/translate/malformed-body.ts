import { KubeError } from '../errors.ts';
import { OPEN_BRACE } from './engine/ascii.ts';
import type { BodyFormat } from './media-type.ts';

/** How V8 says it, and how Go does. */
const GO_WORDS: readonly (readonly [pattern: RegExp, after: string])[] = [
  [/^Unexpected non-whitespace character/, 'after top-level value'],
  [/^Expected ',' or '}'/, 'after object key:value pair'],
  [/^Expected ',' or ']'/, 'after array element'],
  [/^Expected ':'/, 'after object key'],
  [/^Expected (property name|double-quoted property name)/, 'looking for beginning of object key string'],
  [/^Bad control character/, 'in string literal'],
  [/^Bad escaped character/, 'in string escape code'],
  [/^(Bad|Invalid) Unicode escape/i, 'in \\u hexadecimal character escape'],
  [/^Unexpected token/, 'looking for beginning of value'],
];

/**
 * What upstream would say of a body that is not JSON; the body never gets there.
 *
 * @param kind that the object should have been
 */
export function malformedBody(format: BodyFormat, kind: string, body: string, problem?: string): KubeError {
  if (format !== 'json' && format !== 'yaml') {
    const yamlProblem = `error decoding patch: error converting YAML to JSON: yaml: ${problem}`;
    return new KubeError('BadRequest', format === 'apply-patch' ? yamlProblem : 'invalid JSON patch');
  }
  const cause = format === 'yaml' ? `yaml: ${problem}` : `couldn't get version/kind; json parse error: ${problem ?? goSyntaxError(body)}`;
  return new KubeError(
    'BadRequest',
    `the object provided is unrecognized (must be of type ${kind}): ${cause} (${summarize(Buffer.from(body))})`,
  );
}

function goSyntaxError(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const after = GO_WORDS.find(([pattern]) => pattern.test(message))?.[1];
    const position = /at position (\d+)/.exec(message)?.[1];
    const character = position !== undefined ? text[Number(position)] : /^Unexpected token '?(.)'?,/su.exec(message)?.[1];
    if (after !== undefined && character !== undefined) return `invalid character ${quoteLikeGo(character)} ${after}`;
  }
  return 'unexpected end of JSON input';
}

function quoteLikeGo(character: string): string {
  if (character === "'") return "'\\''";
  const quoted = JSON.stringify(character).slice(1, -1).replaceAll('\\"', '"');
  return `'${quoted.replace(/^\\u00/, '\\x')}'`;
}

/** The same of a body that is not Kubernetes' protobuf. */
export function malformedProtobuf(kind: string, body: Buffer, problem: string): KubeError {
  return new KubeError('BadRequest', `the object provided is unrecognized (must be of type ${kind}): ${problem} (${summarize(body)})`);
}

/** The first bytes: as text where they look like an object, else in hexadecimal. */
function summarize(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const start = body.subarray(0, 30);
  return start.toString(body[0] === OPEN_BRACE ? 'utf8' : 'hex') + (body.length > 30 ? ' ...' : '');
}
