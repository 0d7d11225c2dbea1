/** `npm start -- --tracing`: one trace for a request over all that it passes, as a real Jaeger tells of it. */
import assert from 'node:assert/strict';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { type Stack, startStack } from '../../helpers/stack.ts';
import { awaitTrace, describeTrace, findTraces, type Span } from './jaeger-query.ts';

const SIDECAR = 'kubezoo-sidecar';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const tagsOf = (verb: string, code: number, tenant = 'demo01') => ({
  'kubezoo.tenant': tenant,
  'kubezoo.verb': verb,
  'http.response.status_code': String(code),
});
const servicesOf = (spans: readonly Span[]) => [...new Set(spans.map(({ service }) => service))].sort();

describe('tracing', function () {
  this.timeout(120_000);
  let stack: Stack;
  let jaeger: string;

  before(async function () {
    // Jaeger may have to be built.
    this.timeout(1_500_000);
    stack = await startStack({ tenants: ['demo01'], tracing: true });
    jaeger = stack.endpoints.jaeger!;
  });
  after(() => stack?.stop());

  /** All spans hang on each other, and on one that Envoy has begun. */
  function isConnected(spans: readonly Span[]): boolean {
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const roots = spans.filter(({ parentId }) => parentId === undefined);
    return (
      roots.length === 1 &&
      roots[0]!.service === 'kubezoo-envoy' &&
      spans.every(({ parentId }) => parentId === undefined || ids.has(parentId))
    );
  }

  it('kubectl get is one trace: Envoy, sidecar, kube-apiserver, etcd', async () => {
    await stack.mustKubectl(['create', 'configmap', 'traced', '--from-literal=a=b'], { tenant: 'demo01' });
    await stack.mustKubectl(['get', 'configmap', 'traced'], { tenant: 'demo01' });
    const spans = await awaitTrace(jaeger, SIDECAR, tagsOf('get', 200), (found) => servicesOf(found).length >= 4 && isConnected(found));
    assert.deepEqual(servicesOf(spans), ['apiserver', 'etcd', 'kubezoo-envoy', SIDECAR]);
    const phases = spans.filter(({ service }) => service === SIDECAR).map(({ operation }) => operation);
    assert.deepEqual(phases.sort(), ['admit and address', 'identify', 'limit', 'translate response']);
  });

  it('a write shows how its body is translated; a refusal shows why', async () => {
    const created = await awaitTrace(
      jaeger,
      SIDECAR,
      tagsOf('create', 201),
      (found) => servicesOf(found).length >= 4 && isConnected(found),
    );
    assert.ok(
      created.some(({ operation }) => operation === 'translate request'),
      describeTrace(created),
    );
    await stack.kubectl(['delete', 'namespace', 'default'], { tenant: 'demo01' });
    const refused = await awaitTrace(
      jaeger,
      SIDECAR,
      { 'http.response.status_code': '403' },
      (found) =>
        isConnected(found) && found.some(({ tags }) => /this namespace may not be deleted/.test(String(tags['otel.status_description']))),
    );
    assert.deepEqual(servicesOf(refused), ['kubezoo-envoy', SIDECAR]);
    const { tags } = refused.find(({ operation }) => operation === 'answered')!;
    assert.deepEqual(
      ['kubezoo.tenant', 'kubezoo.verb', 'kubezoo.resource', 'kubezoo.end', 'error.type'].map((key) => tags[key]),
      ['demo01', 'delete', 'namespaces', 'refused', 'Forbidden'],
    );
  });

  it('the operator’s page links what was refused to its trace, by the sidecar and by the local API', async () => {
    await stack.kubectl(['delete', 'namespace', 'kube-system'], { tenant: 'demo01' });
    await stack.kubectl(['delete', 'node', 'worker-1'], { tenant: 'demo01' });
    for (const [asked, service] of [
      ['delete namespaces kube-system', 'kubezoo-sidecar'],
      ['delete nodes worker-1', 'kubezoo-envoy'],
    ] as const) {
      const link = await waitUntil(
        `the link of ${asked}`,
        async () => {
          const page = await (await fetch(`${stack.endpoints.admin}/?q=${encodeURIComponent(asked)}`)).text();
          return /<a\s+href="([^"]+\/trace\/[0-9a-f]{32})"/.exec(page)?.[1];
        },
        { timeoutMs: 10_000 },
      );
      assert.ok(link.startsWith(`${jaeger}/trace/`), link);
      await waitUntil(
        'Jaeger to know the trace',
        async () => {
          const response = await fetch(link.replace('/trace/', '/api/traces/'));
          const { data = [] } = response.ok
            ? ((await response.json()) as { data?: { processes: Record<string, { serviceName: string }> }[] })
            : {};
          const found = data.flatMap(({ processes }) => Object.values(processes).map(({ serviceName }) => serviceName));
          // Envoy sends its spans by itself, some seconds later.
          return found.includes(service) && found.includes('kubezoo-envoy');
        },
        { timeoutMs: 30_000 },
      );
    }
  });

  it('no part of a trace has the query of a request: the command of an exec, a token that somebody put there', async () => {
    const exec = '/api/v1/namespaces/default/pods/untraced/exec?command=sh&command=SECRET-COMMAND';
    const { answer } = openExchange(readKubeconfig(stack.kubeconfig({ tenant: 'demo01' })), exec, { method: 'POST', body: '' });
    const { status, headers } = await answer();
    assert.equal(status, 404);
    const spans = await awaitTrace(
      jaeger,
      SIDECAR,
      // What a tenant can tell of a request.
      { 'kubezoo.audit_id': String(headers['audit-id']) },
      (found) => servicesOf(found).length >= 4 && isConnected(found),
    );
    // It is there, without its query.
    assert.match(JSON.stringify(spans), /pods\/untraced\/exec"/);
    assert.doesNotMatch(JSON.stringify(spans), /SECRET-COMMAND/);
  });

  it('no part of a trace has what a refusal quotes of a body', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"p":"SECRET-BODY' };
    const refused = await openExchange(readKubeconfig(stack.kubeconfig({ tenant: 'demo01' })), secrets, options).answer();
    // The client has it back.
    assert.match(refused.body, /SECRET-BODY/);
    const spans = await awaitTrace(
      jaeger,
      SIDECAR,
      { 'kubezoo.resource': 'secrets', 'http.response.status_code': '400' },
      (found) => isConnected(found) && found.some(({ tags }) => /provided is unrecognized/.test(String(tags['otel.status_description']))),
    );
    assert.doesNotMatch(JSON.stringify(spans), /SECRET-BODY/);
  });

  it('a list over all namespaces shows what the local API asked upstream', async () => {
    await stack.mustKubectl(['get', 'configmaps', '-A'], { tenant: 'demo01' });
    const spans = await awaitTrace(jaeger, SIDECAR, { 'url.path': '/api/v1/configmaps' }, (found) =>
      servicesOf(found).includes('apiserver'),
    );
    assert.equal(spans.find(({ operation }) => operation === 'local API')?.tags['http.response.status_code'], 200, describeTrace(spans));
    await stack.kubectl(['delete', 'node', 'worker-2'], { tenant: 'demo01' });
    const refused = await awaitTrace(jaeger, SIDECAR, { 'url.path': '/api/v1/nodes/worker-2' }, (found) =>
      found.some(({ operation }) => operation === 'local API'),
    );
    const { tags } = refused.find(({ operation }) => operation === 'local API')!;
    assert.deepEqual([tags['http.response.status_code'], tags['error.type']], [403, 'Forbidden']);
  });

  it('a watch is no span of the sidecar’s that lasts', async () => {
    const watch = await openWatch(readKubeconfig(stack.kubeconfig({ tenant: 'demo01' })), CONFIG_MAPS);
    try {
      await watch.waitFor('traced');
      await awaitTrace(jaeger, SIDECAR, { 'http.response.status_code': '200' }, (found) =>
        found.some(({ operation }) => operation === 'stream begins'),
      );
    } finally {
      watch.close();
    }
    const spans = await awaitTrace(jaeger, SIDECAR, tagsOf('watch', 200), (found) =>
      found.some(({ operation }) => operation === 'stream ends'),
    );
    const own = spans.filter(({ service }) => service === SIDECAR);
    const watched =
      Math.max(...spans.map(({ startedAt, duration }) => startedAt + duration)) - Math.min(...spans.map(({ startedAt }) => startedAt));
    for (const { operation, duration } of own) assert.ok(duration < watched / 2, `${operation} lasted ${duration} of ${watched} us`);
  });

  it('a client can neither choose a trace nor ask for one', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await openExchange(readKubeconfig(stack.kubeconfig({ tenant: 'demo01' })), `${CONFIG_MAPS}/forged`, {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'a=b' },
    }).answer();
    assert.equal(answer.status, 404);
    await awaitTrace(jaeger, SIDECAR, tagsOf('get', 404), () => true);
    assert.equal((await fetch(`${jaeger}/api/traces/${traceId}`)).status, 404);
  });

  it('what the controller does for a tenant is a trace, with a span for each step', async () => {
    await makeTenant(stack, 'trace1');
    const spans = await awaitTrace(jaeger, 'kubezoo-controller', { 'kubezoo.tenant': 'trace1' }, (found) =>
      found.some(({ operation }) => operation === 'ensure-credentials'),
    );
    assert.ok(
      spans.some(({ operation }) => operation === 'establish tenant'),
      describeTrace(spans),
    );
    assert.ok(
      spans.some(({ operation }) => operation === 'ensure-namespaces'),
      describeTrace(spans),
    );
  });

  it('nothing is said of what is not sampled', async () => {
    const quiet = await startStack({ tenants: ['demo01'], tracing: true, traceRatio: 0 });
    try {
      await quiet.mustKubectl(['get', 'namespaces'], { tenant: 'demo01' });
      assert.deepEqual(await findTraces(quiet.endpoints.jaeger!, SIDECAR, {}), []);
    } finally {
      await quiet.stop();
    }
  });
});
