/** What the operator has sent to the Tenant API, without what may be secret: known fields, in forms that hold no secret. Pure. */
import { REDACTED, scrub } from './redact.ts';

const MAX_TEXT = 1_024;
const MAX_ITEMS = 200;
/** Above this only the size is told. */
const MAX_BYTES = 64 * 1024;

type Fields = Record<string, unknown>;
/** Makes a value harmless. */
type Show = (value: unknown) => unknown;

const hide: Show = () => REDACTED;
/** Free text, where people write names and reasons. */
const text: Show = (value) => (typeof value === 'string' ? scrub(value, MAX_TEXT) : plain(value));
const plain: Show = (value) => (typeof value === 'number' || typeof value === 'boolean' || value === null ? value : REDACTED);
const quantity: Show = (value) => (typeof value === 'string' && /^[0-9.+-]{1,30}[A-Za-z]{0,2}$/.test(value) ? value : plain(value));
const list =
  (item: Show): Show =>
  (value) =>
    Array.isArray(value) ? value.slice(0, MAX_ITEMS).map(item) : REDACTED;
/** What is not among `fields` is shown by `others` where its name has that form; else not even its name is. */
const object =
  (fields: Readonly<Record<string, Show>>, others?: { readonly names: RegExp; readonly show: Show }): Show =>
  (value) => {
    if (!isFields(value)) return plain(value);
    const shown = Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([name, item]) => {
        if (Object.hasOwn(fields, name)) return [name, fields[name]!(item)];
        return others?.names.test(name) ? [name, others.show(item)] : [REDACTED, REDACTED];
      });
    return Object.fromEntries(shown);
  };

/** Of a Tenant, and of what is created below one: `request` is a certificate request, which is long and nobody's to read. */
const SPEC: Readonly<Record<string, Show>> = {
  limits: object({}, { names: /^[a-zA-Z]{1,32}$/, show: plain }),
  quota: object({ hard: object({}, { names: /^[a-z0-9./-]{1,317}$/, show: quantity }) }),
  suspension: object({ mode: text, reason: text }),
  upstream: text,
  revocations: list(object({ user: text, before: text, certificate: text })),
  user: text,
  groups: list(text),
  expirationSeconds: plain,
  before: text,
  certificate: text,
};

/** Annotations hold kubeconfigs with their keys, and copies of whole objects: only numbers of the platform's own are shown (limits may be written so). */
const PLATFORM_ANNOTATIONS = { names: /^(?:tce\.kubezoo|kubezoo\.io)\/[a-z0-9.-]{1,63}$/, show: quantity };

const TENANT = object({
  apiVersion: text,
  kind: text,
  metadata: object({ name: text, uid: text, resourceVersion: text, annotations: object({}, PLATFORM_ANNOTATIONS) }),
  spec: object(SPEC),
  // DeleteOptions.
  propagationPolicy: text,
  gracePeriodSeconds: plain,
  dryRun: list(text),
  preconditions: object({ uid: text, resourceVersion: text }),
});

/** @param body JSON; of what is none undefined is returned: it is not shown as text either */
export function safeObject(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (body.length > MAX_BYTES) return { bytes: body.length };
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS).map(safeOperation) : TENANT(value);
}

/** Of a JSON patch: what is done where, and the value where it is one of the specification's. */
function safeOperation(operation: unknown): unknown {
  if (!isFields(operation)) return REDACTED;
  const { op, path, from, value } = operation;
  return {
    op: typeof op === 'string' && /^[a-z]{3,7}$/.test(op) ? op : REDACTED,
    path: safePointer(path),
    ...(from !== undefined && { from: safePointer(from) }),
    ...(value !== undefined && { value: showAt(typeof path === 'string' ? path : '')(value) }),
  };
}

/** Where there may be names of anybody's making, only the beginning. */
function safePointer(pointer: unknown): string {
  if (typeof pointer !== 'string') return REDACTED;
  const [, root = '', field = ''] = pointer.split('/');
  if (root === 'spec' && Object.hasOwn(SPEC, field) && /^[\w/~.-]{1,317}$/.test(pointer)) return pointer;
  if (root === 'metadata' && /^(?:annotations|labels|finalizers)$/.test(field))
    return pointer === `/metadata/${field}` ? pointer : `/metadata/${field}/${REDACTED}`;
  return pointer === '/spec' ? pointer : REDACTED;
}

function showAt(path: string): Show {
  const [, root, field, ...below] = path.split('/');
  if (root !== 'spec') return hide;
  if (field === undefined) return object(SPEC);
  const show = Object.hasOwn(SPEC, field) ? SPEC[field]! : hide;
  return below.length === 0 ? show : quantity;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
