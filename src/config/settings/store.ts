import { z } from 'zod';

/** The etcd in which tenants are kept. */
export const storeSettings = {
  etcdEndpoints: z
    .array(z.url({ protocol: /^https?$/, error: 'an http or https URL is wanted' }))
    .min(1)
    .refine((urls) => new Set(urls.map((url) => url.split(':', 1)[0])).size < 2, 'https for all of them, or http for all')
    .describe('URLs of the etcd in which tenants are kept.'),
  etcd: z
    .strictObject({
      caFile: z.string().optional().describe("PEM file of the CA of etcd's certificate; none: those that the system trusts."),
      certFile: z.string().optional().describe('PEM file of the client certificate.'),
      keyFile: z.string().optional().describe('PEM file of its key.'),
      username: z.string().min(1).optional().describe("A user of etcd's own."),
      passwordFile: z.string().optional().describe('File with the password of that user.'),
    })
    .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), 'certFile and keyFile need each other')
    .refine(
      ({ username, passwordFile }) => (username === undefined) === (passwordFile === undefined),
      'username and passwordFile need each other',
    )
    .optional()
    .describe('How etcd is known, and how it knows us. None: plain HTTP, as nobody.'),
  etcdPrefix: z.string().default('/kubezoo/').describe('Prefix of all keys that the product keeps in etcd, with its closing slash.'),
};
