import assert from 'node:assert/strict';
import { request } from 'node:http';
import { overviewOf } from '../../../src/operator-page/overview.ts';
import { html } from '../../../src/operator-page/render/html.ts';
import { createOperatorPage, isHostOfNobody } from '../../../src/operator-page/serve-page.ts';
import { type AdminServer, startAdminServer } from '../../../src/telemetry/admin-server.ts';
import { madeKnowledge } from './made-knowledge.ts';

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(url: string, path: string, { method = 'GET', host }: { method?: string; host?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(new URL(path, url), { method, agent: false, headers: host === undefined ? {} : { host } }, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve({ status: response.statusCode!, headers: response.headers, body });
    })
      .on('error', reject)
      .end();
  });
}

describe('the admin port', () => {
  let admin: AdminServer;
  let notReady: string | undefined;
  const metrics = { contentType: 'text/plain', metrics: async () => 'a 1\n' };
  const page = (clients: 'Loopback' | 'Any') => createOperatorPage({ clients, overview: (query) => overviewOf(madeKnowledge(), query) });

  before(async () => {
    admin = await startAdminServer('127.0.0.1:0', metrics, () => notReady, page('Loopback'));
  });
  after(() => admin.close());

  it('serves /metrics, /healthz, /livez, /readyz and the page at /', async () => {
    for (const [path, type] of [
      ['/', /^text\/html/],
      ['/api/overview', /^application\/json/],
      ['/metrics', /^text\/plain/],
      ['/assets/page.js', /^text\/javascript/],
    ] as const) {
      const { status, headers } = await ask(admin.url, path);
      assert.equal(status, 200, path);
      assert.match(String(headers['content-type']), type);
    }
    for (const path of ['/healthz', '/livez', '/readyz']) assert.equal((await ask(admin.url, path)).body, 'ok');
    notReady = 'etcd\n';
    assert.deepEqual(
      (await Promise.all(['/healthz', '/livez', '/readyz'].map((path) => ask(admin.url, path)))).map(({ status }) => status),
      [200, 200, 503],
    );
    notReady = undefined;
    for (const path of ['/x', '/assets/', '/assets/../serve-page.ts', '/assets/%2e%2e/serve-page.ts'])
      assert.equal((await ask(admin.url, path)).status, 404);
  });

  it('lets a browser run and show nothing but its own', async () => {
    for (const path of ['/', '/api/overview', '/assets/page.js']) {
      const { headers } = await ask(admin.url, path);
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; .*frame-ancestors 'none'/);
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|\*|data:/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
    }
  });

  it('only tells: any other method is 405', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await ask(admin.url, '/', { method });
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
    }
    const head = await ask(admin.url, '/', { method: 'HEAD' });
    assert.deepEqual([head.status, head.body], [200, '']);
    assert.ok(Number(head.headers['content-length']) > 1000);
  });

  it('is not shown under a name that somebody may have resolved to this address', async () => {
    for (const host of [
      'evil.example',
      'evil.example:9901',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '',
      '127.0.0.1:x',
      '[::1',
      '1.2.3',
    ]) {
      assert.equal(isHostOfNobody(host), false, host);
    }
    for (const host of ['localhost', 'LOCALHOST:9901', '127.0.0.1:9901', '[::1]:9901', '10.0.0.7'])
      assert.equal(isHostOfNobody(host), true, host);
    for (const path of ['/', '/api/overview']) {
      const { status, body } = await ask(admin.url, path, { host: 'evil.example' });
      assert.equal(status, 403);
      assert.doesNotMatch(body, /t00000/);
    }
    // Prometheus and the kubelet ask by any name.
    assert.equal((await ask(admin.url, '/readyz', { host: 'evil.example' })).status, 200);
  });

  it('is shown to this machine only, unless it is told otherwise', async () => {
    for (const [clients, address, status] of [
      ['Loopback', '10.1.2.3', 403],
      ['Loopback', '::ffff:10.1.2.3', 403],
      ['Loopback', '::ffff:127.0.0.1', 200],
      ['Loopback', '::1', 200],
      ['Any', '10.1.2.3', 200],
    ] as const) {
      const answerPage = page(clients);
      const server = await startAdminServer(
        '127.0.0.1:0',
        metrics,
        () => undefined,
        (request, response) => {
          Object.defineProperty(request.socket, 'remoteAddress', { value: address });
          return answerPage(request, response);
        },
      );
      try {
        for (const path of ['/', '/api/overview']) assert.equal((await ask(server.url, path)).status, status, `${clients} ${address}`);
        assert.equal((await ask(server.url, '/metrics')).status, 200);
      } finally {
        await server.close();
      }
    }
  });
});

describe('html', () => {
  it('escapes every value, in text and in attributes, and what is in lists', () => {
    const evil = `"'><script>&`;
    assert.equal(
      html`<a title="${evil}">${[evil, html`<b>${evil}</b>`, undefined, false, 0]}</a>`.text,
      '<a title="&quot;&#39;&gt;&lt;script&gt;&amp;">&quot;&#39;&gt;&lt;script&gt;&amp;<b>&quot;&#39;&gt;&lt;script&gt;&amp;</b>0</a>',
    );
  });
});
