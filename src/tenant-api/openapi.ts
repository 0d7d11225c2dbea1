/** The OpenAPI documents of the Tenant API: for `kubectl explain`, and for kubectl to see that the server validates fields. */
import { TENANT_API_VERSION, TENANT_GROUP, TENANT_VERSION } from '../tenants/tenant.ts';
import { TENANT_CERTIFICATE, TENANT_REVOCATION } from './credentials/schemas.ts';
import type { BodyKind } from './read-body.ts';
import { OBJECT_META, type Schema, TENANT_SCHEMA } from './schema.ts';

const GVK = { group: TENANT_GROUP, version: TENANT_VERSION, kind: 'Tenant' };
const LIST_GVK = { ...GVK, kind: 'TenantList' };
const COLLECTION = `/apis/${TENANT_GROUP}/${TENANT_VERSION}/tenants`;

const TENANT = 'io.kubezoo.tenant.v1alpha1.Tenant';
const TENANT_LIST = `${TENANT}List`;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const LIST_META: Schema = {
  type: 'object',
  description: 'Metadata of a list.',
  properties: {
    continue: { type: 'string', description: 'Asks for the next page.' },
    remainingItemCount: { type: 'integer', format: 'int64', description: 'How many come behind this page.' },
    resourceVersion: { type: 'string', description: 'The revision that the list shows.' },
    selfLink: { type: 'string', description: 'Not used any more.' },
  },
};

export function openApiV3(): object {
  return {
    openapi: '3.0.0',
    info: { title: 'KubeZoo', version: TENANT_VERSION },
    paths: {
      [COLLECTION]: {
        get: operation('list', GVK, 'list or watch tenants', listParameters(), answer(TENANT_LIST)),
        post: operation('post', GVK, 'create a tenant', writeParameters(), answer(TENANT), body(TENANT)),
        delete: operation(
          'deletecollection',
          GVK,
          'delete all tenants that are selected',
          [...listParameters(), query('dryRun')],
          answer(TENANT_LIST),
        ),
      },
      [`${COLLECTION}/{name}`]: { parameters: [nameParameter()], ...itemOperations(), delete: deleteOperation() },
      [`${COLLECTION}/{name}/status`]: { parameters: [nameParameter()], ...itemOperations() },
      [`${COLLECTION}/{name}/certificates`]: { parameters: [nameParameter()], post: createOperation(TENANT_CERTIFICATE) },
      [`${COLLECTION}/{name}/revocations`]: { parameters: [nameParameter()], post: createOperation(TENANT_REVOCATION) },
    },
    components: {
      schemas: {
        [TENANT]: schemaOf('Tenant', TENANT_SCHEMA),
        [TENANT_LIST]: {
          type: 'object',
          description: 'A list of tenants.',
          required: ['items'],
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { allOf: [ref(`${META}ListMeta`)] },
            items: { type: 'array', items: ref(TENANT) },
          },
          'x-kubernetes-group-version-kind': [LIST_GVK],
        },
        ...Object.fromEntries([TENANT_CERTIFICATE, TENANT_REVOCATION].map((of) => [schemaName(of), schemaOf(of.kind, of.schema)])),
        [`${META}ObjectMeta`]: OBJECT_META,
        [`${META}ListMeta`]: LIST_META,
        [`${META}Patch`]: { type: 'object', description: 'A merge patch, a JSON patch or an apply configuration.' },
        [`${META}Status`]: { type: 'object', description: 'The outcome of a call that returns no object.' },
      },
    },
  };
}

/** Of use to old clients only; what reads it finds the same schema, without references. */
export function openApiV2(): object {
  return {
    swagger: '2.0',
    info: { title: 'KubeZoo', version: TENANT_VERSION },
    paths: {},
    definitions: { [TENANT]: { ...TENANT_SCHEMA, 'x-kubernetes-group-version-kind': [GVK] } },
  };
}

function schemaOf(kind: string, schema: Schema): object {
  const metadata = { description: OBJECT_META.description, allOf: [ref(`${META}ObjectMeta`)] };
  return { ...schema, properties: { ...schema.properties, metadata }, 'x-kubernetes-group-version-kind': [{ ...GVK, kind }] };
}

function schemaName({ kind }: BodyKind): string {
  return TENANT.replace(/[^.]+$/, kind);
}

function createOperation(of: BodyKind): object {
  const name = schemaName(of);
  return operation('post', { ...GVK, kind: of.kind }, `create a ${of.kind}`, writeParameters(), answer(name), body(name));
}

function itemOperations(): object {
  const patch = {
    content: Object.fromEntries(
      ['apply-patch+yaml', 'json-patch+json', 'merge-patch+json'].map((type) => [`application/${type}`, { schema: ref(`${META}Patch`) }]),
    ),
  };
  return {
    get: operation('get', GVK, 'read a tenant', [query('resourceVersion')], answer(TENANT)),
    put: operation('put', GVK, 'replace a tenant', writeParameters(), answer(TENANT), body(TENANT)),
    patch: operation('patch', GVK, 'change a tenant in part', [...writeParameters(), query('force', 'boolean')], answer(TENANT), patch),
  };
}

function deleteOperation(): object {
  return operation(
    'delete',
    GVK,
    'delete a tenant and all it owned',
    [query('dryRun'), query('propagationPolicy')],
    answer(`${META}Status`),
  );
}

function operation(
  action: string,
  kind: object,
  description: string,
  parameters: object[],
  responses: object,
  requestBody?: object,
): object {
  return {
    description,
    tags: [TENANT_API_VERSION],
    parameters,
    ...(requestBody && { requestBody: { ...requestBody, required: true } }),
    responses,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

/** kubectl looks for `fieldValidation` here, and then leaves validation to the server. */
function writeParameters(): object[] {
  return [query('dryRun'), query('fieldManager'), query('fieldValidation')];
}

function listParameters(): object[] {
  const texts = ['continue', 'fieldSelector', 'labelSelector', 'resourceVersion', 'resourceVersionMatch'].map((name) => query(name));
  const flags = ['allowWatchBookmarks', 'sendInitialEvents', 'watch'].map((name) => query(name, 'boolean'));
  return [...texts, ...flags, query('limit', 'integer'), query('timeoutSeconds', 'integer')];
}

function query(name: string, type = 'string'): object {
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

function nameParameter(): object {
  return { name: 'name', in: 'path', description: 'name of the Tenant', required: true, schema: { type: 'string', uniqueItems: true } };
}

function answer(schema: string): object {
  return { 200: { description: 'OK', content: content(schema) } };
}

function body(schema: string): object {
  return { content: content(schema) };
}

function content(schema: string): object {
  return Object.fromEntries(['application/json', 'application/yaml'].map((type) => [type, { schema: ref(schema) }]));
}
