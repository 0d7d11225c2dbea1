/**
 * The fields of a Tenant, once: from here come the OpenAPI document, the refusal of unknown fields, the checks of types, and
 * what a field manager can own.
 */

/** What one apiserver takes at once is in the hundreds; a million means no limit. */
export const MAX_LIMIT = 1_000_000;

/** The part of OpenAPI v3 that is used here, with Kubernetes' extensions for lists. */
export interface Schema {
  readonly description?: string;
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  /** A number will do as well: a quantity. */
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: 'date-time' | 'int64';
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  /** Neither this nor `additionalProperties`: an object that holds anything (`x-kubernetes-preserve-unknown-fields`). */
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  /** Owned as a whole. */
  readonly 'x-kubernetes-map-type'?: 'atomic';
}

const text = (description?: string): Schema => ({ type: 'string', ...(description && { description }) });
const integer = (description: string): Schema => ({ type: 'integer', format: 'int64', description });
const time = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
const texts = (description: string): Schema => ({ type: 'object', description, additionalProperties: text() });

const limit = (description: string): Schema => ({ ...integer(description), minimum: 1, maximum: MAX_LIMIT });

const MANAGED_FIELDS: Schema = {
  type: 'array',
  description: 'Who set which field, kept by the server for server-side apply.',
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    properties: {
      apiVersion: text(),
      fieldsType: text(),
      fieldsV1: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
      manager: text(),
      operation: text(),
      subresource: text(),
      time: time(''),
    },
  },
};

export const OBJECT_META: Schema = {
  type: 'object',
  description: "Standard object's metadata.",
  properties: {
    name: text(
      'The tenant\'s id: six characters, unique in the cluster, never changed. Every upstream name of the tenant begins with "<id>-".',
    ),
    generateName: text('Beginning of a name that the server completes with five random characters, when no name is given.'),
    namespace: text('Empty: tenants belong to no namespace.'),
    selfLink: text('Not used any more.'),
    uid: text('Unique in space and time; set by the server.'),
    resourceVersion: text('Version of this object for optimistic concurrency and for watches: the revision of its last write.'),
    generation: integer('Grows with each change of the spec; set by the server.'),
    creationTimestamp: time('When the tenant was created; set by the server.'),
    deletionTimestamp: time('When deletion was asked for; set by the server. The tenant is gone when its finalizers are.'),
    deletionGracePeriodSeconds: integer('Always 0 once deletion was asked for; set by the server.'),
    labels: texts('Keys and values to select tenants by.'),
    annotations: texts('Keys and values that are not selected by.'),
    finalizers: {
      ...{ type: 'array', description: 'Who has to clean up before the tenant may go.', items: text() },
      'x-kubernetes-list-type': 'set',
    },
    ownerReferences: {
      type: 'array',
      description: 'Kept, without effect: no garbage collector works on tenants.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          apiVersion: text(),
          kind: text(),
          name: text(),
          uid: text(),
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    managedFields: MANAGED_FIELDS,
  },
};

const CONDITION: Schema = {
  type: 'object',
  description: 'One aspect of how far the tenant is.',
  required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
  properties: {
    lastTransitionTime: time('When the status changed last.'),
    message: text('What happened, for people.'),
    observedGeneration: integer('The generation that the condition was written for.'),
    reason: text('Why, in one CamelCase word, for programs.'),
    status: { type: 'string', enum: ['False', 'True', 'Unknown'], description: 'Whether it is so.' },
    type: text('Which aspect, in CamelCase.'),
  },
};

const SPEC: Schema = {
  type: 'object',
  description: 'What the operator wants.',
  properties: {
    limits: {
      type: 'object',
      description: "What the tenant may ask of all gateways together; what is absent is the platform's default.",
      properties: {
        maxRequestsInflight: limit('Requests under way at a time; long-running ones are not counted.'),
        requestsPerSecond: limit('Requests a second, in the long run.'),
        burst: limit('Requests that may come at once after a time of rest.'),
        maxLongRunning: limit('Watches, exec, attach, port-forward, proxy and followed logs at a time.'),
      },
    },
    quota: {
      type: 'object',
      description: 'What the tenant may have in all its namespaces together.',
      properties: {
        hard: {
          type: 'object',
          description: "Keys and quantities of a ResourceQuota's spec.hard.",
          additionalProperties: { type: 'string', 'x-kubernetes-int-or-string': true },
        },
      },
    },
    suspension: {
      type: 'object',
      description: 'The tenant is not to go on for now.',
      required: ['mode'],
      properties: {
        mode: {
          type: 'string',
          enum: ['Frozen', 'ReadOnly'],
          description: 'ReadOnly: nothing is written and no container entered. Frozen: nothing is answered.',
        },
        reason: text('Shown to the tenant.'),
      },
    },
    upstream: text("The upstream cluster that the tenant lives in, by its name in the gateways' configuration. Never changes."),
    revocations: {
      type: 'array',
      description: 'Credentials that are worth nothing any more.',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        properties: {
          user: text("Whose, in the tenant's spelling; absent: everybody's."),
          before: time('Those that were made before this.'),
          certificate: text('One certificate, by the number that was told when it was made.'),
        },
      },
    },
  },
};

const counts = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'integer', format: 'int64' },
});

const REMOVAL: Schema = {
  type: 'object',
  description: 'How far the removal of a deleted tenant is.',
  properties: {
    startedAt: time('When everything was asked to go.'),
    found: counts('Objects that it was seen to own since its deletion, by kind.'),
    remaining: counts('Those that were there at the last look.'),
    finalizersCleared: integer('Finalizers that were taken off because nobody did.'),
    proof: {
      type: 'object',
      description: 'The last look at everything, which found nothing. A watch shows it with the event DELETED.',
      properties: {
        time: time('When.'),
        kinds: integer('How many kinds were listed: all that upstream serves.'),
        keyRanges: integer('How many ranges of keys in etcd were read.'),
      },
    },
  },
};

export const TENANT_SCHEMA: Schema = {
  type: 'object',
  description:
    'A tenant: one of the many clusters that this one looks like. Creating it makes everything it needs, deleting it removes everything it owned.',
  properties: {
    apiVersion: text('Version of the schema of this object: tenant.kubezoo.io/v1alpha1.'),
    kind: text('Kind of this object: Tenant.'),
    metadata: OBJECT_META,
    spec: SPEC,
    status: {
      type: 'object',
      description: 'How far the controller is; written through the status subresource only.',
      properties: {
        phase: { type: 'string', enum: ['Pending', 'Ready', 'Terminating'], description: 'The conditions in one word.' },
        observedGeneration: integer('The generation that the controller saw last.'),
        removal: REMOVAL,
        firstResourceVersion: text(
          "Upstream's resourceVersion when the tenant began. From before it nothing is shown: the id may have been another tenant's.",
        ),
        conditions: {
          type: 'array',
          description: 'The state in parts.',
          items: CONDITION,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
        },
        quota: {
          type: 'object',
          description: 'What is used of the quota, in all namespaces of the tenant together.',
          properties: { hard: texts('The limits that were in force.'), used: texts('What was counted, a few seconds ago at most.') },
        },
        credentials: {
          type: 'object',
          description: "The certificate in the admin's kubeconfig.",
          properties: {
            notAfter: time('Until when it is valid; it is renewed before.'),
            certificate: text('Its number, by which it can be revoked.'),
          },
        },
      },
    },
  },
};
