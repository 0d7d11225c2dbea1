/**
 * Where a list in pages goes on. Upstream's own token names objects, other tenants' among them, and can be made up by anybody, so
 * the client gets one that is sealed: opaque, and of no use to another tenant, for another kind, or when changed.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { KubeError } from '../errors.ts';
import type { ListPlace } from '../upstream/continue-token.ts';

/** What a cursor is for: the tenant and the kind. */
export interface CursorScope {
  readonly tenantId: string;
  /** `nameOfCollection` */
  readonly collection: string;
}

/** base64url of: 1 byte version, 12 bytes nonce, ciphertext, 16 bytes tag. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
const schema = z.tuple([z.int(), z.string().min(1)]);

export class CursorSealer {
  readonly #key: Buffer;

  /** @param secret 32 bytes at least; replicas with the same secret understand each other's cursors */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new RangeError('a secret of 32 bytes at least is needed');
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'kubezoo list cursors', 32));
  }

  seal({ revision, start }: ListPlace, scope: CursorScope): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(aad(scope));
    const sealed = [cipher.update(JSON.stringify([revision, start])), cipher.final()];
    return Buffer.concat([Buffer.of(VERSION), nonce, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws KubeError BadRequest for what this gateway did not seal, or not for that */
  open(text: string, scope: CursorScope): ListPlace {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.toString('base64url') !== text || bytes[0] !== VERSION || bytes.length < HEAD_BYTES + TAG_BYTES) throw notValid();
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(1, HEAD_BYTES));
    decipher.setAAD(aad(scope)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()]);
      const [revision, start] = schema.parse(JSON.parse(opened.toString('utf8')));
      return { revision, start };
    } catch (cause) {
      throw notValid({ cause });
    }
  }
}

/** The revision that a cursor shows is not kept any more. */
export class ExpiredCursorError extends KubeError {
  /** Where to go on, at the latest revision. */
  readonly next: string;

  constructor(message: string, next: string) {
    super('Expired', message);
    this.next = next;
  }
}

function aad({ tenantId, collection }: CursorScope): Buffer {
  return Buffer.from(JSON.stringify([tenantId, collection]));
}

function notValid(options?: ErrorOptions): KubeError {
  return new KubeError(
    'BadRequest',
    'invalid continue token: continue key is not valid: it was not made by this server',
    undefined,
    options,
  );
}
