import assert from 'node:assert/strict';
import fc from 'fast-check';
import { safeMessage, safeTarget, scrub, visibleJson } from '../../../../src/gateway/records/redact.ts';
import { safeObject } from '../../../../src/gateway/records/request-object.ts';
import { sampleRecord } from './sample-record.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const targetOf = (target: string, method = 'GET') => safeTarget(target, sampleRecord(method, target).request);

describe('what is written down of a request target', () => {
  const PODS = '/api/v1/namespaces/web/pods';
  const cases: [string, string][] = [
    [PODS, PODS],
    [`${PODS}?limit=500&watch=true&resourceVersion=12&timeout=32s`, `${PODS}?limit=500&watch=true&resourceVersion=12&timeout=32s`],
    [`${PODS}?fieldManager=kubectl-client-side-apply&dryRun=All`, `${PODS}?fieldManager=kubectl-client-side-apply&dryRun=All`],
    [
      `${PODS}?labelSelector=a%3Db&fieldSelector=c%3Dd&continue=x`,
      `${PODS}?labelSelector=redacted&fieldSelector=redacted&continue=redacted`,
    ],
    [`${PODS}/p/exec?command=cat&command=/key&stdin=true`, `${PODS}/p/exec?command=redacted&command=redacted&stdin=true`],
    [`${PODS}?watch=hunter2&limit=hunter2&dryRun=hunter2`, `${PODS}?watch=redacted&limit=redacted&dryRun=redacted`],
    [`${PODS}?token=t&hunter2&api_key=k`, `${PODS}?token=redacted&redacted&redacted`],
    [`${PODS}?w%61tch=1`, `${PODS}?watch=1`],
    ['/api/v1/namespaces/web/services/s/proxy/reset/hunter2?k=hunter2', '/api/v1/namespaces/web/services/s/proxy/redacted?redacted'],
    ['/api/v1//namespaces/web/services/s/proxy/hunter2', '/api/v1//namespaces/web/services/s/proxy/redacted'],
    ['/api/v1/nodes/n/proxy/hunter2', '/api/v1/nodes/n/proxy/redacted'],
    ['/', '/'],
    ['/login', '/login'],
    ['/login/hunter2', '/login/redacted'],
    ['/hunter2/x', '/redacted/redacted'],
    [`/api/v1/namespaces/${JWT}`, '/api/v1/namespaces/redacted'],
    ['*', '/redacted'],
  ];
  for (const [target, shown] of cases) it(`${target} → ${shown}`, () => assert.equal(targetOf(target), shown));

  it('has an end', () => {
    assert.ok(targetOf(`/api/v1/${'a/'.repeat(30_000)}?${'watch=1&'.repeat(9_000)}`).length < 2_000);
  });

  it('shows no value of a query that is longer than a number, whatever its name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.stringMatching(/^[A-Za-z0-9+/=]{21,60}$/), (name, secret) => {
        assert.ok(!targetOf(`/api/v1/pods?${new URLSearchParams({ [name]: secret })}`).includes(secret));
      }),
    );
  });
});

describe('what is written down of a message', () => {
  const known = new Set(['pods', 'p', 'jane', '', 'web', '/api/v1//x']);
  const cases: [string, boolean, string][] = [
    [
      'pods "p" is forbidden: User "jane" cannot get resource "pods" in API group ""',
      false,
      'pods "p" is forbidden: User "jane" cannot get resource "pods" in API group ""',
    ],
    ['pods "hunter2" not found', false, 'pods …'],
    ['pods "p": `hunter2`', false, 'pods "p": …'],
    ["can't read 'hunter2'", false, 'can…'],
    ['first line\nhunter2', false, 'first line…'],
    ['signerName: hunter2 is not offered', true, 'signerName…'],
    ['error decoding patch: the path hunter2', true, 'error decoding patch…'],
    ['Secret "x" is invalid', true, 'Secret …'],
    [`use Bearer abc and password=hunter2 and ${JWT}`, false, 'use Bearer redacted and password=redacted and redacted'],
  ];
  for (const [message, strict, shown] of cases) it(JSON.stringify(message), () => assert.equal(safeMessage(message, known, strict), shown));
});

describe('scrub', () => {
  it('takes out keys, certificates and tokens, in base64 too', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----';
    for (const secret of [JWT, pem, pem.slice(0, 40), Buffer.from(pem).toString('base64'), `Basic ${'x'.repeat(9)}`, 'aB3'.repeat(14)]) {
      assert.ok(!scrub(`before ${secret} after`, 500).includes(secret.slice(-20)), secret);
    }
    assert.equal(scrub('kubectl/v1.37.2 (linux/amd64) kubernetes/8e1d1a9f', 100), 'kubectl/v1.37.2 (linux/amd64) kubernetes/8e1d1a9f');
  });
});

describe('visibleJson', () => {
  it('is one line without anything that a terminal obeys, and means the same', () => {
    const hostile = [
      '\u001b[2J',
      '\u009b31m',
      'a\nb\r\u2028\u2029',
      '\u202egnp.exe',
      '\u2066x\u2069',
      '\u200b',
      '\u007f',
      '\u0000',
      '\ud800',
      '"\\',
    ];
    for (const text of [...hostile, hostile.join('')]) {
      const json = visibleJson(JSON.stringify({ [text]: text }));
      assert.match(json, /^[\x20-\x7e]*$/);
      assert.deepEqual(JSON.parse(json), { [text]: text });
    }
  });

  it('means the same for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        const text = String.fromCharCode(...units);
        assert.equal(JSON.parse(visibleJson(JSON.stringify(text))), text);
      }),
    );
  });
});

describe('what is written down of a body for the Tenant API', () => {
  const shown = (value: unknown) => safeObject(Buffer.from(JSON.stringify(value)));

  it('is what a Tenant may have, and of the rest not even the names', () => {
    const spec = {
      limits: { maxRequestsInflight: 3, requestsPerSecond: 'hunter2' },
      quota: { hard: { 'requests.cpu': '500m', pods: 4, memory: 'hunter2 and more' } },
      suspension: { mode: 'ReadOnly', reason: 'not paid' },
      hunter2: 'x',
    };
    const annotations = { 'tce.kubezoo/burst': '5', 'kubezoo.io/tenant.kubeconfig.base64': 'aHVudGVyMg==', hunter2: 'hunter2' };
    const metadata = { name: 'demo01', labels: { a: 'hunter2' }, annotations };
    assert.deepEqual(shown({ kind: 'Tenant', metadata, spec, status: { a: 'hunter2' } }), {
      kind: 'Tenant',
      metadata: {
        name: 'demo01',
        redacted: 'redacted',
        annotations: { 'tce.kubezoo/burst': '5', 'kubezoo.io/tenant.kubeconfig.base64': 'redacted', redacted: 'redacted' },
      },
      spec: {
        limits: { maxRequestsInflight: 3, requestsPerSecond: 'redacted' },
        quota: { hard: { 'requests.cpu': '500m', pods: 4, memory: 'redacted' } },
        suspension: { mode: 'ReadOnly', reason: 'not paid' },
        redacted: 'redacted',
      },
      redacted: 'redacted',
    });
  });

  it('is what a JSON patch does where, and values of the specification', () => {
    const operations = [
      { op: 'replace', path: '/spec/limits/burst', value: 5 },
      { op: 'add', path: '/spec', value: { limits: { burst: 5 }, hunter2: 1 } },
      { op: 'add', path: '/metadata/annotations/hunter2', value: 'hunter2' },
      { op: 'hunter2', path: '/hunter2', value: 'hunter2' },
      { op: 'add', path: '/spec/request', value: 'hunter2' },
    ];
    const result = shown(operations);
    assert.doesNotMatch(JSON.stringify(result), /hunter2/);
    assert.deepEqual((result as unknown[]).slice(0, 2), [
      { op: 'replace', path: '/spec/limits/burst', value: 5 },
      { op: 'add', path: '/spec', value: { limits: { burst: 5 }, redacted: 'redacted' } },
    ]);
  });

  it('is nothing of what is no JSON, and only the size of what is large', () => {
    assert.equal(safeObject(Buffer.from('{"password": "hunter2')), undefined);
    assert.equal(safeObject(Buffer.from('"hunter2"')), 'redacted');
    assert.deepEqual(safeObject(Buffer.alloc(100_000, 'x')), { bytes: 100_000 });
    assert.doesNotThrow(() => safeObject(Buffer.from(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)));
  });
});
