/** The apiserver's own token for where a list goes on (k8s.io/apiserver/pkg/storage/continue.go). */
import { z } from 'zod';

export interface ListPlace {
  /** All pages show this revision; -1: the next one shows the latest. */
  readonly revision: number;
  /** Key of the next object, as etcd orders those of a kind (`namespace/name`, or `name`); or, with a NUL behind it, of the last one before. */
  readonly start: string;
}

/**
 * It may begin anywhere among the objects of a kind, and it pins the list to its revision: that is what makes a tenant's objects one
 * range.
 */
export function toUpstreamToken({ revision, start }: ListPlace): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

/** Go takes `RV` for `rv`, and the last of several: what is read here has to be what upstream reads. */
const OTHER_SPELLINGS = ['RV', 'Rv', 'rV'];

const schema = z
  .looseObject({ v: z.literal('meta.k8s.io/v1'), rv: z.int(), start: z.string().min(1) })
  .refine((token) => OTHER_SPELLINGS.every((key) => !Object.hasOwn(token, key)));

/** @throws Error for a token in a form that upstream did not have when this was written */
export function fromUpstreamToken(token: string): ListPlace {
  const { rv, start } = schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  return { revision: rv, start: start.replace(/^\//, '') };
}
