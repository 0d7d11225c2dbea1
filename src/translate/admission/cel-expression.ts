/**
 * CEL expressions of policies and match conditions. Upstream evaluates them on upstream's objects, so behind each member that
 * holds a namespace, a user or a group of the tenant's stands what takes the prefix off: `request.namespace` is
 * `request.namespace.replace("<id>-", "", 1)` there. It is found by its tokens; other ways to write one are left alone.
 */
import { KubeError } from '../../errors.ts';
import { identityPrefixOf } from '../../names/identity.ts';
import { prefixOf } from '../../names/prefix.ts';
import type { PlanContext, StringRule } from '../engine/plan.ts';

/** A call of that function; CEL knows no other way to write one than the name, white space or comments, and the bracket. */
const SERVICE_ACCOUNT_CALL = /\bserviceAccount(?:\s|\/\/[^\n]*\n)*\(/;

/** White space and comments, then: literals (raw ones have no escapes), identifiers, anything else. */
const TOKEN =
  /(?:\s|\/\/[^\n]*)*(?:[bB]?[rR][bB]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')|[bB]?(?:"""(?:\\[\s\S]|[\s\S])*?"""|'''(?:\\[\s\S]|[\s\S])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|([A-Za-z_][A-Za-z0-9_]*)|([\s\S]))/y;

type Holds = 'name' | 'user' | 'users';

const OBJECTS = ['object', 'oldObject', 'params'];
const MEMBERS: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ...OBJECTS.map((root): [string, Holds] => [`${root}.metadata.namespace`, 'name']),
  ...OBJECTS.map((root): [string, Holds] => [`${root}.apiVersion`, 'name']),
  ['namespaceObject.metadata.name', 'name'],
  ['request.namespace', 'name'],
  ...['kind', 'resource', 'requestKind', 'requestResource'].map((member): [string, Holds] => [`request.${member}.group`, 'name']),
  ['request.userInfo.username', 'user'],
  ['request.userInfo.groups', 'users'],
]);
const LONGEST = 5;

/**
 * @throws KubeError Forbidden for a question about the rights of a ServiceAccount by name: it would be upstream's; BadRequest
 *   for an expression that holds what is put in here
 */
export const celToUpstream: StringRule = (expression, { tenantId }) => {
  if (SERVICE_ACCOUNT_CALL.test(expression)) {
    throw new KubeError(
      'Forbidden',
      'authorizer.serviceAccount() is not offered in expressions: ask for the rights of the request’s own user',
    );
  }
  const suffixes = suffixesOf(tenantId);
  if (Object.values(suffixes).some((suffix) => expression.includes(suffix)))
    throw new KubeError('BadRequest', 'an expression takes off a prefix that tenants do not see');
  return withSuffixes(expression, suffixes);
};

export function celToTenant(expression: string, { tenantId }: Pick<PlanContext, 'tenantId'>): string {
  const { name, user, users } = suffixesOf(tenantId);
  // The second stands inside of the third.
  return expression.replaceAll(users, '').replaceAll(user, '').replaceAll(name, '');
}

function suffixesOf(tenantId: string): Record<Holds, string> {
  const without = (prefix: string) => `.replace(${JSON.stringify(prefix)}, "", 1)`;
  const user = without(identityPrefixOf(tenantId));
  return { name: without(prefixOf(tenantId)), user, users: `.map(g, g${user})` };
}

interface Token {
  /** An identifier, or one character; empty for a literal. */
  readonly text: string;
  readonly end: number;
}

function withSuffixes(expression: string, suffixes: Record<Holds, string>): string {
  const tokens = tokensOf(expression);
  let result = '';
  let from = 0;
  for (let at = 0; at < tokens.length; at++) {
    const found = memberAt(tokens, at);
    if (!found) continue;
    const last = tokens[found.last]!;
    result += expression.slice(from, last.end) + suffixes[found.holds];
    from = last.end;
    at = found.last;
  }
  return result + expression.slice(from);
}

function memberAt(tokens: readonly Token[], at: number): { holds: Holds; last: number } | undefined {
  if (tokens[at - 1]?.text === '.') return undefined;
  let path = '';
  for (let last = at; last < Math.min(tokens.length, at + LONGEST); last++) {
    path += tokens[last]!.text;
    const holds = MEMBERS.get(path);
    if (!holds) continue;
    // A test for presence takes a member and nothing else.
    const isTest = tokens[at - 2]?.text === 'has' && tokens[at - 1]?.text === '(' && tokens[last + 1]?.text === ')';
    return isTest ? undefined : { holds, last };
  }
  return undefined;
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(expression); match; match = TOKEN.exec(expression)) {
    tokens.push({ text: match[1] ?? match[2] ?? '', end: TOKEN.lastIndex });
    if (TOKEN.lastIndex >= expression.length) break;
  }
  return tokens;
}
