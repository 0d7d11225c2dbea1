/** `Impersonate-*` headers of a client (`kubectl --as`), in the tenant's spelling. */
import { KubeError } from '../errors.ts';
import { isHeaderSafe } from '../names/certified-name.ts';

export interface WantedUser {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Name in lower case, and value, in the order in which they were sent. */
export type HeaderLine = readonly [name: string, value: string];

const PREFIX = 'impersonate-';
const EXTRA = 'impersonate-extra-';
/** Each may become a question to upstream. */
const MAX_LINES = 64;
/** A key that is legal upstream for new impersonations: a DNS subdomain, a slash, a path; or a plain word, as old clients send it. */
const EXTRA_KEY = /^[a-z0-9]([-a-z0-9._/]{0,250}[a-z0-9])?$/;

/**
 * What the request asks to be taken for; undefined when it does not ask. Left out, a header would let a caller act with more
 * rights than it asked for: what is not understood is refused.
 *
 * @throws KubeError BadRequest
 */
export function readImpersonation(headers: readonly HeaderLine[]): WantedUser | undefined {
  const lines = headers.filter(([name]) => name.startsWith(PREFIX));
  if (lines.length === 0) return undefined;
  if (lines.length > MAX_LINES) throw bad(`more than ${MAX_LINES} impersonation headers`);
  for (const [name, value] of lines) if (!isHeaderSafe(value)) throw bad(`the value of ${name} cannot be impersonated`);
  const user = onlyOne(lines, 'impersonate-user');
  const uid = onlyOne(lines, 'impersonate-uid');
  const groups: string[] = [];
  const extra = new Map<string, string[]>();
  for (const [name, value] of lines) {
    if (name === 'impersonate-group') groups.push(value);
    else if (name.startsWith(EXTRA)) {
      const key = extraKeyOf(name.slice(EXTRA.length));
      extra.set(key, [...(extra.get(key) ?? []), value]);
    } else if (name !== 'impersonate-user' && name !== 'impersonate-uid') throw bad(`${name} is not known`);
  }
  if (user === undefined) throw bad('uid, groups or extra fields were requested without impersonating a user name');
  return { user, groups, ...(uid !== undefined && { uid }), extra: Object.fromEntries(extra) };
}

function onlyOne(lines: readonly HeaderLine[], header: string): string | undefined {
  const values = lines.filter(([name]) => name === header);
  // Of two, another reader might take the other one.
  if (values.length > 1) throw bad(`${header} stands more than once`);
  return values[0]?.[1];
}

/** As the apiserver reads it: percent-encoded, because not every key can be a header's name. */
function extraKeyOf(encoded: string): string {
  let key: string;
  try {
    key = decodeURIComponent(encoded);
  } catch {
    throw bad(`${EXTRA}${encoded} is not a valid key`);
  }
  if (!EXTRA_KEY.test(key)) throw bad(`${EXTRA}${encoded} is not a valid key`);
  return key;
}

function bad(why: string): KubeError {
  return new KubeError('BadRequest', `impersonation: ${why}`);
}
