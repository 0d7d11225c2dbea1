/** What is only ever created, below a Tenant: a certificate, a revocation. Nothing of these is kept as it is sent. */
import type { BodyKind } from '../read-body.ts';
import { OBJECT_META, type Schema } from '../schema.ts';

const text = (description: string): Schema => ({ type: 'string', description });

const kindOf = (kind: string, description: string, spec: Schema, status: Schema): BodyKind => ({
  kind,
  schema: {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: text('Version of the schema of this object: tenant.kubezoo.io/v1alpha1.'),
      kind: text(`Kind of this object: ${kind}.`),
      metadata: OBJECT_META,
      spec,
      status,
    },
  },
});

/** In seconds: as for a CertificateSigningRequest. */
export const SHORTEST_EXPIRATION = 600;

export const TENANT_CERTIFICATE = kindOf(
  'TenantCertificate',
  'A client certificate for one of the users of a tenant. Asked for with a certificate request, so that the key never leaves its owner.',
  {
    type: 'object',
    description: 'What is asked for.',
    required: ['request', 'user'],
    properties: {
      request: text('A PKCS #10 certificate request in PEM, base64: whose key it is about. Its subject says nothing.'),
      user: text("The user's name, in the tenant's spelling."),
      groups: {
        type: 'array',
        description: "The user's groups, in the tenant's spelling.",
        items: text(''),
        'x-kubernetes-list-type': 'set',
      },
      expirationSeconds: {
        type: 'integer',
        format: 'int64',
        minimum: SHORTEST_EXPIRATION,
        description: 'How long it is to be valid; the platform may make it shorter, and it is as long as the platform allows if absent.',
      },
    },
  },
  {
    type: 'object',
    description: 'What was made.',
    properties: {
      certificate: text('The certificate in PEM, base64.'),
      number: text('Its number, by which it can be revoked.'),
      notAfter: { type: 'string', format: 'date-time', description: 'Until when it is valid.' },
    },
  },
);

export const TENANT_REVOCATION = kindOf(
  'TenantRevocation',
  "Makes credentials of a tenant worthless, by the server's clock; kept in the Tenant's spec.revocations.",
  {
    type: 'object',
    description: 'Which: all that the tenant has if nothing is named.',
    properties: {
      user: text("Those of one user, in the tenant's spelling."),
      certificate: text('One certificate, by its number.'),
    },
  },
  {
    type: 'object',
    description: 'What was written.',
    properties: { before: { type: 'string', format: 'date-time', description: 'Those made before this.' } },
  },
);
