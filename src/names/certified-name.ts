/** Users and groups that a tenant's certificate may name, in the tenant's spelling. */
import { TENANT_ID_LENGTH } from './tenant-id.ts';

/** Longest name in a certificate, in characters: with `<id>:` before it. */
export const LONGEST_CERTIFIED_NAME = 253;

/** Whether a name can stand in a header as it is, byte for byte (RFC 9110, section 5.5), with nothing trimmed. */
export function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

/**
 * Why a certificate cannot name this user or group; undefined where it can. `system:` names are given by Kubernetes
 * (ServiceAccounts, system:authenticated), not by certificates. Other colons are free.
 */
export function problemOfCertifiedName(name: string): string | undefined {
  const longest = LONGEST_CERTIFIED_NAME - TENANT_ID_LENGTH - 1;
  if (name === '') return 'must not be empty';
  if (name.length > longest) return `must be no more than ${longest} characters`;
  if (!isHeaderSafe(name)) return 'must be printable ASCII, without spaces at its ends: it travels in HTTP headers';
  if (name.startsWith('system:')) return 'names that begin with "system:" are given by Kubernetes alone';
  return undefined;
}
