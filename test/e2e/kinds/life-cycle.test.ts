/** The same calls about the same objects, straight at upstream and as two tenants at once: the answers are equal. */
import assert from 'node:assert/strict';
import { gatherParties, type Parties, type Party } from '../isolation/parties.ts';
import { SAMPLE_KINDS, type SampleKind } from './sample-kinds.ts';

const NAMESPACE = 'kinds';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';
const MARK = 'life';

interface Step {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

function stepsOf(sample: SampleKind): Step[] {
  const { kind, base, resource, isNamespaced, body, change, status } = sample;
  const objectName = sample.name ?? 'sample';
  const collection = `${base}${isNamespaced ? `/namespaces/${NAMESPACE}` : ''}/${resource}`;
  const one = `${collection}/${objectName}`;
  const apiVersion = base.replace(/^\/apis?\//, '');
  const object = { apiVersion, kind, metadata: { name: objectName, labels: { test: MARK } }, ...body };
  const selected = `${collection}?labelSelector=test%3D${MARK}`;
  return [
    { what: 'create, as a dry run', method: 'POST', path: `${collection}?dryRun=All`, body: object },
    { what: 'create', method: 'POST', path: collection, body: object },
    { what: 'create again', method: 'POST', path: collection, body: object },
    { what: 'get', method: 'GET', path: one },
    { what: 'list', method: 'GET', path: selected },
    { what: 'list by name', method: 'GET', path: `${selected}&fieldSelector=metadata.name%3D${objectName}` },
    { what: 'merge patch', method: 'PATCH', path: one, body: change ?? { metadata: { annotations: { a: 'b' } } }, contentType: MERGE },
    { what: 'strategic patch', method: 'PATCH', path: one, body: { metadata: { labels: { more: 'x' } } }, contentType: STRATEGIC },
    {
      what: 'JSON patch',
      method: 'PATCH',
      path: one,
      body: [
        { op: 'test', path: '/metadata/labels/test', value: MARK },
        { op: 'add', path: '/metadata/labels', value: { test: MARK, json: 'y' } },
      ],
      contentType: JSON_PATCH,
    },
    {
      what: 'apply',
      method: 'PATCH',
      path: `${one}?fieldManager=test&force=true`,
      body: { apiVersion, kind, metadata: { name: objectName, labels: { applied: 'z' } } },
      contentType: APPLY,
    },
    ...(status === undefined
      ? []
      : ([
          { what: 'get status', method: 'GET', path: `${one}/status` },
          { what: 'patch status', method: 'PATCH', path: `${one}/status`, body: { status }, contentType: MERGE },
        ] as const)),
    { what: 'delete another', method: 'DELETE', path: `${collection}/absent` },
    { what: 'delete a collection of none', method: 'DELETE', path: `${collection}?labelSelector=test%3Dnone` },
    { what: 'delete a collection, as a dry run', method: 'DELETE', path: `${selected}&dryRun=All` },
    { what: 'get what is still there', method: 'GET', path: one },
    { what: 'delete the collection', method: 'DELETE', path: selected },
  ];
}

describe('kinds that tenants own', () => {
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    await parties.platform.must('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  });
  after(async () => {
    await parties.platform.ask('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
    await parties.close();
  });

  /** What differs from run to run, and whose a request is. */
  function normalised(answer: unknown, { isControlled }: SampleKind): unknown {
    return JSON.parse(
      JSON.stringify(answer ?? null, (key, value: unknown) => {
        if (['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'lastTransitionTime', 'time'].includes(key)) return key;
        // Upstream's own admin is another user than the tenant's.
        if (['username', 'groups', 'extra'].includes(key)) return undefined;
        if (isControlled && key === 'managedFields') return (value as { subresource?: string }[]).filter(({ subresource }) => !subresource);
        return value;
      }),
    );
  }

  async function run(party: Party, sample: SampleKind, step: Step): Promise<unknown> {
    const { status, body, text } = await party.ask(step.method, step.path, step.body, step.contentType);
    if (party !== parties.platform) assert.doesNotMatch(text, /demo0[12]-|kubezoo[.:]/, `${step.what}: ${text}`);
    const shown = sample.isControlled ? withoutStatus(body) : body;
    return { status, body: normalised(shown, sample) };
  }

  for (const sample of SAMPLE_KINDS) {
    it(`${sample.kind}: every way to write, read and delete it, as at upstream`, async () => {
      const { platform, tenant, other } = parties;
      const steps = stepsOf(sample);
      // Upstream's own lists would hold the tenants' objects, so it is done before they begin.
      const direct: unknown[] = [];
      for (const step of steps) direct.push(await run(platform, sample, step));
      for (const [index, step] of steps.entries()) {
        for (const party of [tenant, other]) {
          assert.deepEqual(await run(party, sample, step), direct[index], `${step.method} ${step.path} (${step.what})`);
        }
      }
    });
  }

  it('are deleted as collections only as far as they are the tenant’s', async () => {
    const { platform, tenant, other } = parties;
    const path = '/apis/storage.k8s.io/v1/storageclasses';
    const storageClass = (name: string, labels: object) => ({ metadata: { name, labels }, provisioner: 'disks.example.com' });
    await platform.must('POST', path, storageClass('platforms', { a: 'b' }));
    await other.must('POST', path, storageClass('mine', { a: 'b' }));
    // The tricks a tenant has: its own words for the label, several selectors, all that there is.
    for (const query of [
      '',
      '?labelSelector=a%3Db',
      '?labelSelector=',
      '?labelSelector=a%3Db&labelSelector=c%3Dd',
      '?labelSelector=a%20in%20(b%2Cc)',
      '?labelSelector=!kubernetes',
      '?fieldSelector=metadata.name%3Dplatforms',
      '?fieldSelector=metadata.name!%3Dx',
    ]) {
      await tenant.must('POST', path, storageClass('own', { a: 'b', 'kubezoo.io/tenant': 'demo02' }));
      await tenant.must('DELETE', path + query);
      const left = await platform.must('GET', path);
      const names = left.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
      assert.ok(names.includes('platforms') && names.includes('demo02-mine'), `${query}: ${names}`);
      await tenant.ask('DELETE', `${path}/own`);
    }
    for (const query of [
      '?labelSelector=kubezoo.io/tenant%3Ddemo02',
      '?labelSelector=!kubezoo.io/tenant',
      '?labelSelector=a,,b',
      '?continue=x',
    ]) {
      assert.equal((await tenant.ask('DELETE', path + query)).status, 400, query);
    }
    // What shows that it is the label that chooses: without it the platform's own go, too.
    await platform.must('DELETE', `${path}?labelSelector=a%3Db`);
    const { items } = await other.must('GET', path);
    assert.deepEqual(items, []);
  });

  it('need the right to delete the collection', async () => {
    const user = await parties.user('demo01', 'jane', []);
    const { status, body } = await user.ask('DELETE', '/apis/storage.k8s.io/v1/storageclasses');
    assert.equal(status, 403);
    assert.match(body.message, /User "jane" cannot deletecollection resource "storageclasses"/);
  });
});

/** Of an object, or of those in a list; a Status says how a request went. */
function withoutStatus(answer: { kind?: string; items?: object[]; status?: unknown } | undefined): unknown {
  if (!answer || answer.kind === 'Status') return answer;
  const { status: _, ...rest } = answer;
  return rest.items ? { ...rest, items: rest.items.map(withoutStatus) } : rest;
}
