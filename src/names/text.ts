/** Upstream's free text (messages, warnings, events) in the tenant's words: names lose the prefix where a name stands, and only there. */
import { identityPrefixOf } from './identity.ts';
import { ownsUpstreamName } from './prefix.ts';
import { TENANT_ID_LENGTH } from './tenant-id.ts';
import { parseWebhookPath, serviceUrl, WEBHOOK_ROOT } from './webhook-url.ts';

/**
 * What admission puts in front of a reason. Of the platform's policies and webhooks the names are nothing to a tenant;
 * each bound is the longest name there can be, so that no input makes the search anything but linear.
 */
const ADMISSION_PREAMBLES = [
  /(?:Validating|Mutating)AdmissionPolicy '([^']{1,253})'(?: with binding '[^']{1,253}')? denied request: /g,
  /\bpolicy ['"]([^'"]{1,253})['"](?: with binding '[^']{1,253}')? denied request: /g,
  /Validation failed for ValidatingAdmissionPolicy '([^']{1,253})' with binding '[^']{1,253}': /g,
  /admission webhook "([^"]{1,253})" denied the request: /g,
];

/**
 * @param text in upstream's spelling
 * @param about `definitions`: what is said of CRDs, where any prefix behind a dot is that of a group
 * @returns in the tenant's: `<id>-` is taken off where a name begins (after anything but a name's own characters) or the
 *   group of a qualified resource or kind (`widgets.<id>-acme.io`), `kubezoo:<id>:` where a user or group does; other tenants'
 *   names are not recognised. Linear in the text's length.
 */
export function textToTenant(tenantId: string, text: string, about: 'anything' | 'definitions' = 'anything'): string {
  const called = text.includes(WEBHOOK_ROOT) ? withServiceUrls(text) : text;
  const plain = /dmission|denied request/.test(called) ? withoutPreambles(tenantId, called) : called;
  const beginsGroup = about === 'definitions' ? followsDot : beginsQualifiedGroup;
  return plain.includes(tenantId) ? mergeGroups(withoutOwnPrefixes(tenantId, plain, beginsGroup)) : plain;
}

/** Where upstream failed to reach the admission bridge, it says what it would of the tenant's own service. */
const BRIDGE_CALL = /"https:\/\/[^/\s"?]{1,253}(\/webhooks\/[^\s"?]{1,4096})((?:\?[^\s"]{0,200})?")(: dial tcp [^\s]{1,100}:)?/g;

function withServiceUrls(text: string): string {
  return text.replace(BRIDGE_CALL, (call, path: string, rest: string, dialled: string | undefined) => {
    const target = parseWebhookPath(path);
    return target ? `"${serviceUrl(target)}${rest}${dialled ? ':' : ''}` : call;
  });
}

/** A preamble that names one of the tenant's own stays, and loses the prefix as all text does. */
function withoutPreambles(tenantId: string, text: string): string {
  const unlessOwn = (preamble: string, named: string) => (ownsUpstreamName(tenantId, named) ? preamble : '');
  return ADMISSION_PREAMBLES.reduce((rest, preamble) => rest.replace(preamble, unlessOwn), text);
}

function withoutOwnPrefixes(tenantId: string, text: string, beginsGroup: (text: string, at: number) => boolean): string {
  const identityPrefix = identityPrefixOf(tenantId);
  const lead = identityPrefix.length - TENANT_ID_LENGTH - 1;
  let kept = '';
  let from = 0;
  for (let at = text.indexOf(tenantId); at >= 0; at = text.indexOf(tenantId, at + 1)) {
    // What follows a prefix that was taken off is the name itself.
    if (at < from || (at === from && from > 0)) continue;
    const after = at + TENANT_ID_LENGTH;
    let cut = -1;
    const isPrefix = text[after] === '-' && isAlphanumeric(text.charCodeAt(after + 1));
    if (isPrefix && (beginsName(text, at) || beginsGroup(text, at))) cut = at;
    else if (text[after] === ':' && at - lead >= from && text.startsWith(identityPrefix, at - lead) && beginsName(text, at - lead))
      cut = at - lead;
    if (cut < 0) continue;
    kept += text.slice(from, cut);
    from = after + 1;
  }
  return kept + text.slice(from);
}

/** Whether what stands before `at` is no part of a name (`[a-z0-9.-]`). */
function beginsName(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return !(before === 0x2d || before === 0x2e || (before >= 0x30 && before <= 0x39) || (before >= 0x61 && before <= 0x7a));
}

function followsDot(text: string, at: number): boolean {
  return text[at - 1] === '.';
}

/** `widgets.`, `Widget.`, `widgets.v1beta1.` and nothing else of a name in front of it. */
const QUALIFIED = /(?:^|[^A-Za-z0-9.-])[A-Za-z][A-Za-z0-9-]{0,62}(?:\.v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?)?\.$/;
/** A label and a dot, and the beginning of another. */
const DOMAIN = /^[a-z0-9-]{1,63}\.[a-z0-9]/;
/** The longest that either of them looks at. */
const REACH = 80;

/** Whether a group stands at `at`, behind a resource or kind. A group is a domain; what has no dot of its own is a part of a name. */
function beginsQualifiedGroup(text: string, at: number): boolean {
  return followsDot(text, at) && QUALIFIED.test(text.slice(Math.max(0, at - REACH), at)) && DOMAIN.test(text.slice(at, at + REACH));
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** Upstream has `system:authenticated` twice, once as the tenant's own: `groups=["a" "a"]` becomes `groups=["a"]`. */
function mergeGroups(text: string): string {
  const start = text.indexOf('groups=["');
  const end = start < 0 ? -1 : text.indexOf('"]', start);
  if (end < 0) return text;
  const first = start + 'groups=["'.length;
  const groups = [...new Set(text.slice(first, end).split('" "'))];
  return text.slice(0, first) + groups.join('" "') + text.slice(end);
}
