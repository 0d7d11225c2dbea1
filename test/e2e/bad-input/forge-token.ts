import { sign } from 'node:crypto';

/**
 * A ServiceAccount token with other claims in it, signed anew by the cluster's own key.
 *
 * @param keyPem private RSA key
 */
export function forgeToken(token: string, keyPem: string, change: (claims: Record<string, unknown>) => Record<string, unknown>): string {
  const [header = '', payload = ''] = token.split('.');
  const claims = change(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>);
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), keyPem).toString('base64url')}`;
}
