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
/** Fields that are not named are hidden, but for their names. */
const object =
  (fields: Readonly<Record<string, Show>>, others: Show = hide): Show =>
  (value) =>
    isFields(value)
      ? Object.fromEntries(
          Object.entries(value)
            .slice(0, MAX_ITEMS)
            .map(([key, item]) => [scrub(key, 317), (Object.hasOwn(fields, key) ? fields[key]! : others)(item)]),
        )
      : plain(value);

/** Of a Tenant, and of what is created below one: `request` is a certificate request, which is long and nobody's to read. */
const SPEC: Readonly<Record<string, Show>> = {
  limits: object({}, plain),
  quota: object({ hard: object({}, quantity) }),
  suspension: object({ mode: text, reason: text }),
  upstream: text,
  revocations: list(object({ user: text, before: text, certificate: text })),
  user: text,
  groups: list(text),
  expirationSeconds: plain,
  before: text,
  certificate: text,
};

/** Annotations hold kubeconfigs with their keys, and copies of whole objects: only numbers are shown (limits may be written so). */
const TENANT = object({
  apiVersion: text,
  kind: text,
  metadata: object({ name: text, uid: text, resourceVersion: text, annotations: object({}, quantity) }),
  spec: object(SPEC),
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
    op: text(op),
    path: text(path),
    ...(from !== undefined && { from: text(from) }),
    ...(value !== undefined && { value: showAt(typeof path === 'string' ? path : '')(value) }),
  };
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
