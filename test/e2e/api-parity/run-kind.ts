import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Caller } from './call.ts';
import { collectionPath, type Kind, labelOf, nameOf, objectOf } from './kind.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';
const GONE_MS = 20_000;

/** The life of a kind's objects, as raw requests: the same for every kind. */
export async function runKind(caller: Caller, kind: Kind, namespace: string): Promise<void> {
  const collection = collectionPath(kind, namespace);
  const name = nameOf(kind, 'first');
  const path = `${collection}/${name}`;
  const mine = `labelSelector=${encodeURIComponent(`parity=${labelOf(kind)}`)}`;
  const object = objectOf(kind, 'first');
  const call = caller.call.bind(caller);

  await call('get what is not there', 'GET', path);
  await call('create, dry run', 'POST', `${collection}?dryRun=All`, { body: object });
  await call('create with an unknown field, strictly', 'POST', `${collection}?fieldValidation=Strict`, { body: { ...object, parity: 1 } });
  await call('create with an unknown field, with a warning', 'POST', `${collection}?fieldValidation=Warn&dryRun=All`, {
    body: { ...object, parity: 1 },
  });
  await call('create another kind', 'POST', collection, { body: { ...object, kind: 'Parity' } });
  await call('create what is no JSON', 'POST', collection, { text: '{"apiVersion":' });
  await call('create nothing', 'POST', collection, { text: '' });
  await call('create in an unknown media type', 'POST', collection, { body: object, contentType: 'text/csv' });
  await call('create with a name that is none', 'POST', collection, { body: { ...object, metadata: { name: 'No/Name' } } });
  await call('create', 'POST', collection, { body: object });
  await call('create again', 'POST', collection, { body: object });

  await call('get', 'GET', path);
  await call('get as a table', 'GET', path, { accept: TABLE });
  await call('get metadata', 'GET', path, { accept: PARTIAL });
  await call('get in a form that nobody has', 'GET', path, { accept: 'text/html' });
  await call('list by label', 'GET', `${collection}?${mine}`);
  await call('list as a table', 'GET', `${collection}?${mine}`, { accept: `${TABLE},application/json` });
  await call('list a table without objects', 'GET', `${collection}?${mine}&includeObject=None`, { accept: TABLE });
  await call('list metadata', 'GET', `${collection}?${mine}`, { accept: PARTIAL_LIST });
  await call('list by name', 'GET', `${collection}?fieldSelector=metadata.name%3D${name}`);
  await call('list by a name that is not there', 'GET', `${collection}?fieldSelector=metadata.name%3Dnobody`);
  await call('list by an unknown field', 'GET', `${collection}?fieldSelector=spec.parity%3D1`);
  await call('list by a selector that is none', 'GET', `${collection}?labelSelector=a%20b%20c`);
  await call('list from the cache', 'GET', `${collection}?${mine}&resourceVersion=0`);
  await call('list one', 'GET', `${collection}?fieldSelector=metadata.name%3D${name}&limit=1`);
  await call('watch', 'GET', `${collection}?${mine}&watch=true&timeoutSeconds=1&resourceVersion=0`);
  await call('watch one name as a table', 'GET', `${collection}?fieldSelector=metadata.name%3D${name}&watch=true&timeoutSeconds=1`, {
    accept: TABLE,
  });
  await call('watch from a version that is none', 'GET', `${collection}?watch=true&timeoutSeconds=1&resourceVersion=x`);

  await call('merge patch', 'PATCH', path, { body: { metadata: { labels: { merged: 'yes' } } }, contentType: MERGE });
  await call('strategic merge patch', 'PATCH', path, { body: { metadata: { labels: { strategic: 'yes' } } }, contentType: STRATEGIC });
  await call('JSON patch', 'PATCH', path, {
    body: [
      { op: 'test', path: '/metadata/name', value: name },
      { op: 'add', path: '/metadata/labels/a~1b', value: 'json' },
    ],
    contentType: JSON_PATCH,
  });
  await call('JSON patch whose test fails', 'PATCH', path, {
    body: [{ op: 'test', path: '/metadata/name', value: 'other' }],
    contentType: JSON_PATCH,
  });
  await call('patch that is no JSON', 'PATCH', path, { text: '{', contentType: MERGE });
  await call('patch in an unknown media type', 'PATCH', path, { body: {}, contentType: 'application/json' });
  const applied = (value: string) => ({ apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, labels: { applied: value } } });
  await call('apply without a manager', 'PATCH', path, { body: applied('a'), contentType: APPLY });
  await call('apply', 'PATCH', `${path}?fieldManager=one`, { body: applied('a'), contentType: APPLY });
  await call('apply by another, in conflict', 'PATCH', `${path}?fieldManager=two`, { body: applied('b'), contentType: APPLY });
  await call('apply by another, by force', 'PATCH', `${path}?fieldManager=two&force=true`, { body: applied('b'), contentType: APPLY });

  await call('update by what was read', 'PUT', path, { body: await readForUpdate(caller, path) });
  await call('update with an old version', 'PUT', path, { body: await readForUpdate(caller, path, '1') });
  await call('update under another name', 'PUT', `${collection}/other`, { body: await readForUpdate(caller, path) });
  await call('update what is not there', 'PUT', `${collection}/${nameOf(kind, 'missing')}`, {
    body: { ...objectOf(kind, 'missing'), metadata: { name: nameOf(kind, 'missing'), resourceVersion: '1' } },
  });
  for (const subresource of kind.subresources ?? []) {
    await call(`get ${subresource}`, 'GET', `${path}/${subresource}`);
    await call(`patch ${subresource}`, 'PATCH', `${path}/${subresource}`, {
      body: { metadata: { annotations: { [subresource]: 'patched' } } },
      contentType: MERGE,
    });
  }
  await call('get an unknown sub-resource', 'GET', `${path}/parity`);

  await call('delete, dry run', 'DELETE', `${path}?dryRun=All`);
  await call('delete another uid', 'DELETE', path, { body: { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } } });
  await call('delete with options that are none', 'DELETE', path, { text: '[1]' });
  await call('delete', 'DELETE', path, { body: { propagationPolicy: 'Background' } });
  await gone(caller, path);
  await call('get after the delete', 'GET', path);
  await call('delete again', 'DELETE', path);
  await call('patch after the delete', 'PATCH', path, { body: {}, contentType: MERGE });

  if (kind.kind === 'Namespace') return;
  await call('create by apply', 'PATCH', `${collection}/${nameOf(kind, 'second')}?fieldManager=one`, {
    body: objectOf(kind, 'second'),
    contentType: APPLY,
  });
  await caller.ask('POST', collection, { body: objectOf(kind, 'third') });
  await call('delete a collection, dry run', 'DELETE', `${collection}?${mine}&dryRun=All`);
  await call('delete a collection', 'DELETE', `${collection}?${mine}`);
  for (const tag of ['second', 'third']) await gone(caller, `${collection}/${nameOf(kind, tag)}`);
  await call('list after the collection’s delete', 'GET', `${collection}?${mine}`);
}

/** As upstream would have it back, without a version unless one is given: controllers write beside the script. */
async function readForUpdate(caller: Caller, path: string, resourceVersion?: string): Promise<unknown> {
  const { body } = await caller.ask('GET', path);
  const object = JSON.parse(body) as { metadata?: Record<string, unknown> };
  const { resourceVersion: _, ...metadata } = object.metadata ?? {};
  return { ...object, metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) } };
}

/** What is not gone in time stands in the comparison with what it answers. */
async function gone(caller: Caller, path: string): Promise<void> {
  const isGone = async () => (await caller.ask('GET', path)).status === 404;
  const left = await waitUntil(path, isGone, { timeoutMs: GONE_MS }).catch(() => false);
  if (!left) await caller.call(`${path} is still there`, 'GET', path);
}
