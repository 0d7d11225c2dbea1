import { z } from 'zod';
import { TENANT_ID_PATTERN } from '../names/tenant-id.ts';
import type { Identity } from './local-request.ts';

const who = { user: z.string().min(1), groups: z.array(z.string()) };
const schema = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('tenant'),
    tenantId: z.string().regex(TENANT_ID_PATTERN),
    ...who,
    uid: z.string().min(1).exactOptional(),
    extra: z.record(z.string(), z.array(z.string())).exactOptional(),
  }),
  z.strictObject({ role: z.literal('operator'), ...who }),
]);

/**
 * Reads the values of the identity header. Undefined unless there is exactly one and it is whole: a second one would
 * mean that somebody else than the gateway had a hand in it.
 */
export function readIdentity(values: readonly string[] | undefined): Identity | undefined {
  const [value] = values ?? [];
  // Node's decoder skips characters that are not base64url, so they must be ruled out first.
  if (values?.length !== 1 || value === undefined || !/^[A-Za-z0-9_-]+$/.test(value)) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(value, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}
