/**
 * What may be written down of a request. Pure. The rule is to keep what is known to be harmless, not to take out what looks like a secret;
 * `scrub` is the second line, for text that is kept.
 */
import { unquoted } from '../../errors.ts';
import type { RequestInfo } from '../../kube/request-info.ts';

export const REDACTED = 'redacted';

const FLAG = /^(?:true|false|0|1|)$/i;
const NUMBER = /^-?\d{1,20}$/;
const NEVER = /(?!)/;

/** Names of query parameters that Kubernetes has, each with the form of values that hold nothing but a choice. */
const PARAMETERS: ReadonlyMap<string, RegExp> = new Map([
  ...[
    ...['watch', 'follow', 'previous', 'stdin', 'stdout', 'stderr', 'tty', 'timestamps', 'allowWatchBookmarks', 'sendInitialEvents'],
    ...['force', 'pretty', 'orphanDependents', 'insecureSkipTLSVerifyBackend', 'verbose'],
  ].map((name): [string, RegExp] => [name, FLAG]),
  ...['limit', 'timeoutSeconds', 'resourceVersion', 'gracePeriodSeconds', 'tailLines', 'limitBytes', 'sinceSeconds'].map(
    (name): [string, RegExp] => [name, NUMBER],
  ),
  ...['labelSelector', 'fieldSelector', 'continue', 'command', 'container', 'ports', 'path', 'exclude', 'token'].map(
    (name): [string, RegExp] => [name, NEVER],
  ),
  // Its own managers kubectl names so; others' are free text.
  ['fieldManager', /^(?:kubectl(?:-[a-z]{1,20}){0,4}|helm)$/],
  ['timeout', /^\d{1,9}(?:ms|s|m|h)?$/],
  ['sinceTime', /^[0-9T:.Z-]{10,30}$/],
  ['dryRun', /^(?:All)?$/],
  ['fieldValidation', /^(?:Strict|Warn|Ignore)$/],
  ['propagationPolicy', /^(?:Foreground|Background|Orphan)$/],
  ['resourceVersionMatch', /^(?:Exact|NotOlderThan)$/],
  ['stream', /^(?:All|Stdout|Stderr)$/],
]);

/** Roots of paths below which all is Kubernetes' own grammar. */
const KNOWN_ROOTS: ReadonlySet<string> = new Set(['api', 'apis', 'openapi', 'version', 'healthz', 'livez', 'readyz']);
const MAX_PARAMETERS = 40;
const MAX_PATH = 1_024;

/** The request target, as it may be seen: values of the query only where they are numbers or choices, nothing of a proxied path. */
export function safeTarget(target: string, request: RequestInfo | undefined): string {
  const mark = target.indexOf('?');
  const path = safePath(mark < 0 ? target : target.slice(0, mark), request);
  return mark < 0 ? path : `${path}?${safeQuery(target.slice(mark + 1))}`;
}

export function safePath(path: string, request: RequestInfo | undefined): string {
  const [, root = ''] = path.split('/', 2);
  if (!KNOWN_ROOTS.has(root)) {
    // Where nothing is served, anything may stand.
    return path === '/'
      ? path
      : `/${/^[A-Za-z._-]{1,32}$/.test(root) ? root : REDACTED}${path.length > root.length + 1 ? `/${REDACTED}` : ''}`;
  }
  const rest = request?.type === 'resource' ? request.rest : '';
  const own = rest === '' ? path : `${path.slice(0, path.length - rest.length)}/${REDACTED}`;
  // A path that could not be read has its proxied part still.
  return scrub(own.replace(/(\/proxy)\/(?!redacted$).*$/s, `$1/${REDACTED}`), MAX_PATH);
}

function safeQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)];
  const shown = pairs.slice(0, MAX_PARAMETERS).map(([name, value]) => {
    const form = PARAMETERS.get(name);
    if (!form) return REDACTED;
    return `${name}=${form.test(value) ? value : REDACTED}`;
  });
  return [...shown, ...(pairs.length > MAX_PARAMETERS ? [REDACTED] : [])].join('&');
}

/**
 * An error's message without what the client sent in a body or a query: quoted text only where it is one of `known`, and nothing behind the
 * first that is not.
 *
 * @param isStrict the message may hold parts of a body or of a query, quoted or not: only what stands before the first colon is kept
 */
export function safeMessage(message: string, known: ReadonlySet<string>, isStrict: boolean): string {
  if (isStrict) return scrub(unquoted(message), 512);
  const end = endOfKnown(message, known);
  return scrub(end < 0 ? message : `${message.slice(0, end)}…`, 512);
}

function endOfKnown(message: string, known: ReadonlySet<string>): number {
  const quote = /["'`\n]/g;
  for (let match = quote.exec(message); match; match = quote.exec(message)) {
    const { index } = match;
    const word = [...known].find((one) => match![0] === '"' && message.startsWith(`${JSON.stringify(one)}`, index));
    if (word === undefined) return index;
    quote.lastIndex = index + JSON.stringify(word).length;
  }
  return -1;
}

/** Takes out what looks like a token, a key or a password, and cuts what is too long. */
export function scrub(text: string, maxLength: number): string {
  const clean = text
    .replace(/-----BEGIN.*?(?:-----END[A-Z0-9 ]*-----|$)/gs, REDACTED)
    // The same, and `{"`, in base64: certificates in kubeconfigs, JSON web tokens.
    .replace(/(?:LS0tLS1|eyJ)[\w+/=.-]{8,}/g, REDACTED)
    .replace(/\b(bearer|basic)\s+\S+/gi, `$1 ${REDACTED}`)
    .replace(/\b(token|password|passwd|secret|api[_-]?key|access[_-]?key)(\s*[:=]\s*)[^\s"&;,]+/gi, `$1$2${REDACTED}`)
    .replace(/[\w+=~-]{40,}/g, (run) => (/[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run) ? REDACTED : run));
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength)}…`;
}

/**
 * JSON on one line in which every character shows itself as what it is: JSON escapes what is below a space; this does so with the other
 * control characters, line separators and marks of direction, which terminals and editors obey.
 */
export function visibleJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
