import { KubeError } from '../errors.ts';

/** Where a list in pages goes on. Opaque to the client, and of no use for anything it may not see. */
export interface ContinueToken {
  /** All pages show this revision. */
  readonly revision: string;
  /** The last name of the page before. */
  readonly after: string;
}

export function encodeContinueToken({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 1, revision, after })).toString('base64url');
}

/** @throws KubeError BadRequest */
export function decodeContinueToken(text: string): ContinueToken {
  try {
    const { v, revision, after } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
    if (v === 1 && typeof revision === 'string' && /^\d{1,19}$/.test(revision) && typeof after === 'string') return { revision, after };
  } catch (cause) {
    throw new KubeError('BadRequest', 'invalid continue token: continue key is not valid', undefined, { cause });
  }
  throw new KubeError('BadRequest', 'invalid continue token: continue key is not valid');
}
