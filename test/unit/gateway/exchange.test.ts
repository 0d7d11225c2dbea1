import assert from 'node:assert/strict';
import { CursorSealer } from '../../../src/collections/cursor.ts';
import { Exchange, type ExchangeDeps } from '../../../src/gateway/exchange.ts';
import type { ExchangeRecord } from '../../../src/gateway/exchange-record.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { createLimitsOf } from '../../../src/limits/effective-limits.ts';
import { HeldBytes, REQUEST_LIMITS } from '../../../src/limits/held-bytes.ts';
import { createLimits } from '../../../src/limits/limits.ts';
import { StalledAnswers } from '../../../src/limits/stalled-answers.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { FakeStream, headersRemoved, headersSet, requestBody, requestHeaders, responseBody, responseHeaders } from './fake-stream.ts';

const POD = '/api/v1/namespaces/web/pods/x';

function setUp(overrides: Partial<ExchangeDeps> & { annotations?: Record<string, string> } = {}) {
  const limits = createLimits({ slots: 16 });
  const internal: unknown[] = [];
  const done: ExchangeRecord[] = [];
  const tenant = { metadata: { name: 'demo01', annotations: overrides.annotations }, status: {} } as unknown as Tenant;
  const deps: ExchangeDeps = {
    operatorGroup: 'kubezoo:operators',
    tenantOf: (id) => (id === 'demo01' ? tenant : undefined),
    reviewToken: async () => undefined,
    cursors: new CursorSealer(Buffer.alloc(32)),
    limits,
    limitsOf: createLimitsOf(),
    upstreamOf: () => ({ checkAccess: async () => ({ allowed: false }), bearerToken: () => undefined }),
    onInternalError: (error) => internal.push(error),
    onDone: (record) => done.push(record),
    heldBodies: new HeldBytes(REQUEST_LIMITS),
    ...overrides,
  };
  const open = () => {
    const stream = new FakeStream();
    new Exchange(stream.asStream(), deps);
    return stream;
  };
  return { limits, internal, done, open };
}

function statusOf(stream: FakeStream): { code: number; reason: string; message: string } {
  const reply = stream.last().immediate_response;
  assert.ok(reply, 'an immediate response');
  return JSON.parse(reply.body.toString());
}

describe('Exchange: request headers', () => {
  it('sends a translated path and a gateway-only identity upstream', () => {
    const stream = setUp().open();
    stream.receive(requestHeaders('GET', `${POD}?pretty=1`));
    const set = headersSet(stream.last());
    assert.equal(set[':path'], '/api/v1/namespaces/demo01-web/pods/x?pretty=1');
    assert.equal(set['x-kubezoo-route'], 'upstream');
    assert.equal(set['impersonate-user'], 'kubezoo:demo01:admin');
    assert.equal(set['impersonate-group'], 'kubezoo:demo01:tenant-admins|kubezoo:demo01:system:authenticated|system:authenticated');
    assert.equal(stream.last().request_headers?.response.clear_route_cache, true);
  });

  it('takes identity headers of the client off', () => {
    const stream = setUp().open();
    const forged: [string, string][] = [
      ['authorization', 'Bearer x'],
      ['x-remote-user', 'admin'],
      ['x-remote-extra-a', 'b'],
      ['x-forwarded-client-cert', 'x'],
      ['x-kubezoo-identity', 'x'],
      ['audit-id', 'x'],
    ];
    stream.receive(requestHeaders('GET', POD, { headers: forged }));
    for (const [name] of forged) assert.ok(headersRemoved(stream.last()).includes(name), name);
  });

  it('refuses impersonation without a user, or of what cannot be read, instead of forgetting it', () => {
    for (const name of ['impersonate-group', 'impersonate-uid', 'impersonate-extra-scopes', 'impersonate-other']) {
      const { open, limits } = setUp();
      const stream = open();
      stream.receive(requestHeaders('GET', POD, { headers: [[name, 'other']] }));
      assert.equal(statusOf(stream).code, 400);
      assert.equal(limits.useOf('demo01').inflight, 0);
    }
  });

  it('answers 401 to nobody', () => {
    const stream = setUp().open();
    stream.receive(requestHeaders('GET', POD, { subject: '' }));
    assert.equal(statusOf(stream).reason, 'Unauthorized');
  });

  it('answers 401 when the certificate is revoked while rights are being asked for, and holds nothing of the tenant’s', async () => {
    const allowed = Promise.withResolvers<{ allowed: boolean }>();
    const tenant = { metadata: { name: 'demo01' }, spec: {} } as Tenant;
    const { open, limits } = setUp({
      upstreamOf: () => ({ checkAccess: () => allowed.promise, bearerToken: () => undefined }),
      tenantOf: () => tenant,
    });
    const stream = open();
    stream.receive(requestHeaders('GET', POD, { headers: [['impersonate-user', 'jane']] }));
    assert.equal(stream.sent.length, 0);
    tenant.spec.revocations = [{ user: 'admin', before: '2026-01-01T00:00:00Z' }];
    allowed.resolve({ allowed: true });
    await new Promise(setImmediate);
    assert.equal(statusOf(stream).reason, 'Unauthorized');
    assert.equal(limits.useOf('demo01').inflight, 0);
  });

  it('does not forward what the table does not name', () => {
    for (const path of [
      '/apis/metrics.k8s.io/v1/pods',
      '/apis/acme.io/v1/namespaces/web',
      '/apis/acme.io/v1/namespaces/web/widgets/w/exec',
      '/api/v1/secretz',
      '/apis/apps/v9/deployments',
      '/apis/tenant.kubezoo.io/v1alpha1/tenants',
    ]) {
      const stream = setUp().open();
      stream.receive(requestHeaders('GET', path));
      assert.equal(statusOf(stream).code, 404, path);
    }
  });

  for (const [path, upstreamPath] of [
    ['/apis/acme.io/v1/namespaces/web/widgets/w', '/apis/demo01-acme.io/v1/namespaces/demo01-web/widgets/w'],
    ['/apis/acme.io/v1/namespaces/web/widgets/w/scale', '/apis/demo01-acme.io/v1/namespaces/demo01-web/widgets/w/scale'],
    ['/apis/acme.io/v1/gadgets/demo01-g/status', '/apis/demo01-acme.io/v1/gadgets/demo01-g/status'],
    ['/apis/demo02-acme.io/v1/gadgets', '/apis/demo01-demo02-acme.io/v1/gadgets'],
    [
      '/apis/acme.io/v1/namespaces/web/widgets?limit=1&continue=x',
      '/apis/demo01-acme.io/v1/namespaces/demo01-web/widgets?limit=1&continue=x',
    ],
    ['/apis/*/v1/widgets', '/apis/demo01-*/v1/widgets'],
    [
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.acme.io',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.demo01-acme.io',
    ],
  ] as const) {
    it(`forwards ${path} in the tenant's own group`, () => {
      const stream = setUp().open();
      stream.receive(requestHeaders('GET', path));
      assert.equal(headersSet(stream.last())[':path'], upstreamPath);
    });
  }

  describe("a list of all of the tenant's own custom resources", () => {
    const path = '/apis/acme.io/v1/widgets?limit=1';
    const upstreamToken = (start: string) => Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 7, start })).toString('base64url');

    it('is told where to go on by a cursor that is no name of upstream’s, and that it alone can use', () => {
      const { open } = setUp();
      const stream = open();
      stream.receive(requestHeaders('GET', path));
      stream.receive(responseHeaders(200, 'application/json'));
      const metadata = { resourceVersion: '7', continue: upstreamToken('/demo01-web/a\0') };
      stream.receive(responseBody(JSON.stringify({ apiVersion: 'demo01-acme.io/v1', items: [], kind: 'WidgetList', metadata }), true));
      const list = JSON.parse(String(stream.last().response_body?.response.body_mutation?.streamed_response.body)) as {
        metadata: { continue: string };
      };
      const cursor = list.metadata.continue;
      assert.doesNotMatch(Buffer.from(cursor, 'base64url').toString('latin1'), /demo01/);

      const next = open();
      next.receive(requestHeaders('GET', `${path}&continue=${cursor}`));
      const sent = new URLSearchParams(headersSet(next.last())[':path']!.split('?')[1]);
      assert.equal(sent.get('continue'), upstreamToken('demo01-web/a\0'));
    });

    it('refuses a token that upstream would take, and one of another kind', () => {
      const sealed = new CursorSealer(Buffer.alloc(32)).seal(
        { revision: 7, start: 'demo01-web/a' },
        { tenantId: 'demo01', collection: 'gadgets.acme.io' },
      );
      for (const token of [upstreamToken('demo02-web/a'), sealed, 'x']) {
        const stream = setUp().open();
        stream.receive(requestHeaders('GET', `${path}&continue=${token}`));
        assert.equal(statusOf(stream).code, 400, token);
      }
    });
  });

  it("sends lists and watches over all namespaces to the local API, in a form that can be translated, with the tenant's token taken", () => {
    for (const path of ['/api/v1/pods', '/api/v1/pods?watch=1', '/api/v1/namespaces', '/apis/storage.k8s.io/v1/storageclasses']) {
      const { open, limits } = setUp();
      const stream = open();
      stream.receive(requestHeaders('GET', path, { headers: [['accept', 'application/cbor, application/vnd.kubernetes.protobuf']] }));
      const set = headersSet(stream.last());
      assert.equal(set['x-kubezoo-route'], 'local', path);
      assert.equal(set.accept, 'application/json,application/vnd.kubernetes.protobuf');
      assert.equal(limits.useOf('demo01').inflight, path.includes('watch') ? 0 : 1);
    }
  });

  it('sends discovery to the local API, with who asks', () => {
    const stream = setUp().open();
    stream.receive(requestHeaders('GET', '/apis'));
    const set = headersSet(stream.last());
    assert.equal(set['x-kubezoo-route'], 'local');
    assert.equal(JSON.parse(Buffer.from(set['x-kubezoo-identity']!, 'base64url').toString()).tenantId, 'demo01');
  });

  it('refuses an upgrade where objects are translated', () => {
    const stream = setUp().open();
    stream.receive(
      requestHeaders('GET', '/api/v1/namespaces/web/pods?watch=1', {
        headers: [
          ['upgrade', 'websocket'],
          ['connection', 'Upgrade'],
        ],
      }),
    );
    assert.equal(statusOf(stream).code, 400);
  });

  it('refuses an upgrade of what is answered here, whoever asks', () => {
    const headers: [string, string][] = [
      ['upgrade', 'SPDY/3.1'],
      ['connection', 'Upgrade'],
    ];
    for (const [method, path] of [
      ['GET', '/version'],
      ['GET', '/apis'],
      ['GET', '/api/v1/nodes'],
      ['POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews'],
    ] as const) {
      const stream = setUp().open();
      stream.receive(requestHeaders(method, path, { headers }));
      assert.equal(statusOf(stream).code, 400, path);
    }
  });

  it('refuses a tunnel, which has no path', () => {
    const { open, internal } = setUp();
    const stream = open();
    const message = requestHeaders('CONNECT', POD);
    const lines = message.request_headers!.headers!.headers!.filter(({ key }) => key !== ':path');
    stream.receive({ ...message, request_headers: { ...message.request_headers!, headers: { headers: lines } } });
    assert.equal(statusOf(stream).code, 405);
    assert.equal(internal.length, 0);
  });

  it('lets nothing but the upgrade be hop-by-hop', () => {
    const stream = setUp().open();
    const headers: [string, string][] = [
      ['upgrade', 'SPDY/3.1'],
      ['connection', 'Upgrade, Impersonate-User'],
    ];
    stream.receive(requestHeaders('POST', `${POD}/exec?command=ls`, { headers }));
    assert.equal(headersSet(stream.last()).connection, 'Upgrade');
  });

  it('does not let a message without attributes through', () => {
    const { open, internal } = setUp();
    const stream = open();
    const message = requestHeaders('GET', POD);
    stream.receive({ request_headers: message.request_headers! });
    assert.equal(statusOf(stream).code, 500);
    assert.equal(internal.length, 1);
  });
});

describe('Exchange: bodies', () => {
  it('holds a request body until it is whole, and sends it translated', () => {
    const stream = setUp().open();
    stream.receive(requestHeaders('POST', '/api/v1/namespaces', { body: true, headers: [['content-type', 'application/json']] }));
    assert.equal(stream.last().mode_override?.request_body_mode, 4);
    const said = stream.sent.length;
    stream.receive(requestBody('{"kind":"Namespace","metadata":{"na', false));
    assert.equal(stream.sent.length, said);
    stream.receive(requestBody('me":"web"}}', true));
    const sent = stream.last().request_body?.response.body_mutation?.streamed_response;
    assert.equal(sent?.end_of_stream, true);
    assert.equal(JSON.parse(Buffer.from(sent!.body).toString()).metadata.name, 'demo01-web');
  });

  it('answers 400 to a body that is no JSON, and 413 to one that is too large', () => {
    for (const [text, code] of [
      ['{"metadata":', 400],
      ['x'.repeat(3 * 1024 * 1024 + 1), 413],
    ] as const) {
      const stream = setUp().open();
      stream.receive(requestHeaders('POST', '/api/v1/namespaces/web/configmaps', { body: true }));
      stream.receive(requestBody(text, true));
      assert.equal(statusOf(stream).code, code);
    }
  });

  it('translates an answer as it streams by', () => {
    const { open, done } = setUp();
    const stream = open();
    stream.receive(requestHeaders('GET', POD));
    stream.receive(responseHeaders(200, 'application/json', { headers: [['content-length', '99']] }));
    assert.equal(stream.last().mode_override?.response_body_mode, 4);
    assert.ok(headersRemoved(stream.last()).includes('content-length'));
    const text = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","namespace":"demo01-web"}}';
    stream.receive(responseBody(text.slice(0, 70), false));
    stream.receive(responseBody(text.slice(70), true));
    const out = stream.sent
      .flatMap((message) => message.response_body?.response.body_mutation?.streamed_response.body ?? [])
      .map((bytes) => Buffer.from(bytes).toString())
      .join('');
    assert.equal(out, text.replace('demo01-web', 'web'));
    stream.emit('end');
    assert.ok(stream.ended);
    assert.equal(done[0]?.code, 200);
  });

  it('cuts an answer that holds an object of somebody else', () => {
    const { open, internal, done } = setUp();
    const stream = open();
    let status: { code?: number } = {};
    stream.on('error', (error) => {
      status = error as unknown as { code: number };
    });
    stream.receive(requestHeaders('GET', POD));
    stream.receive(responseHeaders(200, 'application/json'));
    const before = stream.sent.length;
    stream.receive(responseBody('{"kind":"Pod","metadata":{"name":"x","namespace":"demo02-web"}}', true));
    assert.equal(stream.sent.length, before, 'nothing of it was sent');
    assert.equal(status.code, 13);
    assert.equal(internal.length, 1);
    assert.equal(stream.ended, false);
    assert.equal(done[0]?.untranslated, 'response');
  });

  it('replaces an answer that it cannot read', () => {
    const { open, done } = setUp();
    const stream = open();
    stream.receive(requestHeaders('GET', POD));
    stream.receive(responseHeaders(200, 'application/cbor'));
    assert.equal(statusOf(stream).code, 500);
    assert.equal(done[0]?.untranslated, 'response');
  });

  it('passes logs as they are, and translates their errors', () => {
    const logs = setUp().open();
    logs.receive(requestHeaders('GET', `${POD}/log?follow=true`));
    logs.receive(responseHeaders(200, 'text/plain'));
    assert.equal(logs.last().mode_override?.response_body_mode, 0);
    const failed = setUp().open();
    failed.receive(requestHeaders('GET', `${POD}/log`));
    failed.receive(responseHeaders(500, 'text/plain'));
    assert.equal(failed.last().mode_override?.response_body_mode, 4);
  });

  it('waits when Envoy takes nothing more', () => {
    const stream = setUp().open();
    stream.receive(requestHeaders('GET', POD));
    stream.receive(responseHeaders(200, 'application/json'));
    stream.accepts = false;
    stream.receive(responseBody('{"kind":"Pod","metadata":{"namespace":"demo01-web"},"spec":{}', false));
    assert.equal(stream.paused, true);
    stream.emit('drain');
    assert.equal(stream.paused, false);
  });
});

describe('Exchange: limits', () => {
  const annotations = { 'tce.kubezoo/max-requests-inflight': '1' };

  it('answers 429 above the limit, and serves again when the first is done', () => {
    const { open, limits } = setUp({ annotations });
    const first = open();
    first.receive(requestHeaders('GET', POD));
    const second = open();
    second.receive(requestHeaders('GET', POD));
    assert.equal(statusOf(second).code, 429);
    assert.equal(headersSet(second.last())['retry-after'], '1');
    first.emit('end');
    assert.equal(limits.useOf('demo01').inflight, 0);
    const third = open();
    third.receive(requestHeaders('GET', POD));
    assert.ok(third.last().request_headers);
  });

  for (const ending of ['end', 'cancelled', 'error']) {
    it(`gives the token back on '${ending}'`, () => {
      const { open, limits } = setUp({ annotations });
      const stream = open();
      stream.receive(requestHeaders('GET', POD));
      assert.equal(limits.useOf('demo01').inflight, 1);
      stream.emit(ending, new Error('reset'));
      stream.emit('cancelled');
      assert.equal(limits.useOf('demo01').inflight, 0);
    });
  }

  it('gives the token back when a later step refuses', () => {
    const { open, limits } = setUp({ annotations });
    open().receive(requestHeaders('GET', '/api/v1/secretz'));
    assert.equal(limits.useOf('demo01').inflight, 0);
  });

  it('counts no watch and no session', () => {
    const { open, limits } = setUp({ annotations });
    for (const path of ['/api/v1/namespaces/web/pods?watch=true', `${POD}/log?follow=true`, `${POD}/portforward`])
      open().receive(requestHeaders('GET', path));
    assert.equal(limits.useOf('demo01').inflight, 0);
  });

  it('gives the token back when the client leaves during a token review', async () => {
    let answer: (identity: { role: 'tenant'; tenantId: string; user: string; groups: string[] }) => void = () => {};
    const { open, limits } = setUp({ annotations, reviewToken: () => new Promise((resolve) => (answer = resolve)) });
    const stream = open();
    stream.receive(requestHeaders('GET', POD, { subject: '', headers: [['authorization', 'Bearer t']] }));
    stream.emit('cancelled');
    answer({ role: 'tenant', tenantId: 'demo01', user: 'u', groups: [] });
    await new Promise(setImmediate);
    assert.equal(limits.useOf('demo01').inflight, 0);
    assert.equal(stream.sent.length, 0);
  });
});

describe('Exchange: its record', () => {
  it('tells who asked for what, when it is whole', () => {
    const { open, done } = setUp();
    const stream = open();
    stream.receive(requestHeaders('GET', `${POD}?pretty=1`, { headers: [['user-agent', 'kubectl/v1.37']] }));
    stream.receive(responseHeaders(200, 'application/json'));
    stream.receive(responseBody('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","namespace":"demo01-web"}}', true));
    stream.emit('end');
    const [record] = done;
    assert.ok(record);
    assert.deepEqual(
      [record.method, record.target, record.userAgent, record.clientAddress, record.tenantId, record.verb, record.code, record.end],
      ['GET', `${POD}?pretty=1`, 'kubectl/v1.37', '127.0.0.9', 'demo01', 'get', 200, 'whole'],
    );
    assert.equal(record.caller?.identity.user, 'admin');
    assert.deepEqual([record.requestBytes, record.responseBytes, record.refusal], [0, 81, undefined]);
    assert.deepEqual([...record.phases.keys()], ['identify', 'limit', 'admit and address', 'translate response']);
  });

  it('tells who was refused what, and why', () => {
    const { open, done } = setUp();
    open().receive(requestHeaders('DELETE', '/api/v1/namespaces/default'));
    const [record] = done;
    assert.ok(record);
    assert.deepEqual([record.end, record.code, record.refusal?.reason], ['refused', 403, 'Forbidden']);
    assert.deepEqual([record.tenantId, record.caller?.identity.user, record.verb], ['demo01', 'admin', 'delete']);
  });

  it('tells what Envoy has refused before it, which counts with the tenant', () => {
    const { open, done, limits } = setUp();
    const stream = open();
    // Somebody has the tenant's slot by then.
    open().receive(requestHeaders('GET', POD));
    stream.receive(requestHeaders('GET', POD, { headers: [['x-kubezoo-held', 'rate;5']] }));
    stream.emit('cancelled');
    assert.deepEqual(done.at(-1)?.held, { limit: 'rate', count: 5 });
    assert.equal(limits.useOf('demo01').refused.rate, 5);
    for (const forged of ['rate', 'rate;-1', 'rate;1e9', 'rate;9999999999', 'other;1', ';']) {
      const other = open();
      other.receive(requestHeaders('GET', POD, { headers: [['x-kubezoo-held', forged]] }));
      other.emit('cancelled');
      assert.equal(done.at(-1)?.held, undefined, forged);
    }
    assert.equal(limits.useOf('demo01').refused.rate, 5);
  });

  it('that cannot be told brings nobody down', () => {
    const { open, internal, limits } = setUp({
      onDone: () => {
        throw new Error('no room');
      },
    });
    const stream = open();
    stream.receive(requestHeaders('GET', POD));
    stream.emit('cancelled');
    assert.match(String(internal.at(-1)), /no room/);
    assert.equal(limits.useOf('demo01').inflight, 0);
  });

  it('knows a client that left from an answer that was cut', () => {
    const { open, done } = setUp();
    for (const ending of ['cancelled', 'end', 'cut']) {
      const stream = open();
      stream.receive(requestHeaders('GET', POD));
      stream.receive(responseHeaders(200, 'application/json'));
      if (ending === 'cut') stream.receive(responseBody('no JSON', true));
      else {
        stream.receive(responseBody('{"kind":', false));
        stream.emit(ending);
      }
    }
    assert.deepEqual(
      done.map(({ end }) => end),
      ['left', 'left', 'cut'],
    );
  });
});

describe('Exchange: clients that do not read', () => {
  const BODY = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","namespace":"demo01-web"}}';

  it('are cut where there are too many, in the middle of an object; watches, and what is over, are none of them', async () => {
    const { open, done } = setUp({ stalled: new StalledAnswers({ most: 0, graceMs: 1 }) });
    const begin = (path: string) => {
      const stream = open();
      stream.receive(requestHeaders('GET', path));
      stream.receive(responseHeaders(200, 'application/json'));
      return stream;
    };
    const watch = begin('/api/v1/namespaces/web/pods?watch=1');
    watch.receive(responseBody(`{"type":"ADDED","object":${BODY}}\n`, false));
    const whole = begin(POD);
    whole.receive(responseBody(BODY.slice(0, 30), false));
    whole.receive(responseBody(BODY.slice(30), true));
    const left = begin(POD);
    left.receive(responseBody(BODY.slice(0, 30), false));
    left.emit('cancelled');
    begin(POD).receive(responseBody(BODY.slice(0, 30), false));
    const ends = () => done.map(({ end }) => end);
    await waitUntil('one to be cut', () => ends().includes('cut'), { timeoutMs: 10_000, intervalMs: 5 });
    assert.deepEqual(ends(), ['left', 'cut']);
    whole.emit('end');
    watch.emit('cancelled');
    assert.deepEqual(ends(), ['left', 'cut', 'whole', 'left']);
  });
});
