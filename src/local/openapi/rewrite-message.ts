import type { Messages, NameRole } from './gnostic-messages.ts';
import { fieldsOf, lengthDelimited } from './protobuf-fields.ts';

const KIND_EXTENSION = 'x-kubernetes-group-version-kind';

/**
 * The message with its names given anew; the very same buffer when none changed, and all else byte for byte.
 * @param rewrite gets each name and what it names; of the extension with a kind, the group
 * @throws Error when the bytes are no message
 */
export function rewriteMessage(
  message: Buffer,
  type: string,
  messages: Messages,
  rewrite: (role: Exclude<NameRole, 'kinds'> | 'group', text: string) => string,
): Buffer {
  const roles = messages[type];
  if (!roles) throw new Error(`no message type ${type}`);
  let isChanged = false;
  const parts = fieldsOf(message).map(({ number, isMessageOrText, whole, payload }) => {
    const role = roles[number];
    if (role === undefined || !isMessageOrText) return whole;
    const after = rewritten(payload, role);
    if (after === payload) return whole;
    isChanged = true;
    return lengthDelimited(number, after);
  });
  return isChanged ? Buffer.concat(parts) : message;

  function rewritten(payload: Buffer, role: NameRole | `@${string}`): Buffer {
    if (role.startsWith('@')) return rewriteMessage(payload, role.slice(1), messages, rewrite);
    if (role === 'kinds') return rewriteExtension(payload, (group) => rewrite('group', group));
    const before = payload.toString('utf8');
    const after = rewrite(role as Exclude<NameRole, 'kinds'>, before);
    return after === before ? payload : Buffer.from(after);
  }
}

/** NamedAny { name = 1, value = 2 }, Any { yaml = 2 }. */
function rewriteExtension(namedAny: Buffer, renameGroup: (group: string) => string): Buffer {
  const fields = fieldsOf(namedAny);
  if (fields.find(({ number }) => number === 1)?.payload.toString('utf8') !== KIND_EXTENSION) return namedAny;
  const rewriteAny = (any: Buffer): Buffer =>
    Buffer.concat(
      fieldsOf(any).map(({ number, whole, payload }) =>
        number === 2 ? lengthDelimited(2, Buffer.from(renameInYaml(payload.toString('utf8'), renameGroup))) : whole,
      ),
    );
  const after = Buffer.concat(fields.map(({ number, whole, payload }) => (number === 2 ? lengthDelimited(2, rewriteAny(payload)) : whole)));
  return after.equals(namedAny) ? namedAny : after;
}

/** One kind or a list of them, as Go's yaml package writes them: a member a line. */
function renameInYaml(yaml: string, renameGroup: (group: string) => string): string {
  return yaml.replace(/^([ -]*group: )(.*)$/gm, (line, key: string, written: string) => {
    const group = written.replace(/^(["'])(.*)\1$/, '$2');
    const after = renameGroup(group);
    return after === group ? line : key + scalar(after);
  });
}

/** A group is a DNS subdomain: plain in YAML, unless it could be read as a number or as a word with a meaning. */
function scalar(group: string): string {
  return /^[a-z]/.test(group) && !/^(?:true|false|yes|no|on|off|y|n|null)$/.test(group) ? group : JSON.stringify(group);
}
