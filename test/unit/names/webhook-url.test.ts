import assert from 'node:assert/strict';
import { textToTenant } from '../../../src/names/text.ts';
import { parseWebhookPath, serviceUrl, verifyWebhookPath, webhookUrl } from '../../../src/names/webhook-url.ts';

const BRIDGE = { url: 'https://10.0.0.1:9443', caPem: 'PEM', key: Buffer.alloc(32, 1) };
const TARGET = { tenantId: 'demo01', namespace: 'web', service: 'hook', port: 8443, path: '/a/b' };

describe('the URL of a tenant’s webhook', () => {
  const url = webhookUrl(BRIDGE, TARGET);
  const { pathname } = new URL(url);

  it('says whom to call', () => {
    assert.deepEqual(parseWebhookPath(pathname), TARGET);
    assert.deepEqual(verifyWebhookPath(pathname, BRIDGE.key), TARGET);
    const without = { ...TARGET, path: undefined };
    assert.deepEqual(parseWebhookPath(new URL(webhookUrl(BRIDGE, without)).pathname), without);
    assert.equal(serviceUrl(TARGET), 'https://hook.web.svc:8443/a/b');
    assert.equal(serviceUrl(without), 'https://hook.web.svc:8443');
  });

  it('is believed of nobody else', () => {
    const proof = pathname.slice(pathname.lastIndexOf('/') + 1);
    for (const path of [
      pathname.replace('demo01', 'demo02'),
      pathname.replace('/web/', '/kube-system/'),
      pathname.replace('8443', '8444'),
      pathname.slice(0, -1),
      `${pathname}00`,
      `${pathname}/`,
      pathname.replace(proof, ''),
      pathname.replace(proof, 'zz'.repeat(20)),
      `/webhooks/demo01/web/hook/8443/${proof}`,
      '/',
      '',
    ]) {
      assert.equal(verifyWebhookPath(path, BRIDGE.key), undefined, path);
    }
    assert.equal(verifyWebhookPath(pathname, Buffer.alloc(32, 2)), undefined);
  });

  it('is the tenant’s own service in upstream’s messages', () => {
    const said = `failed calling webhook "demo01-x.acme.io": failed to call webhook: Post "${url}?timeout=10s": dial tcp 10.0.0.1:9443: connect: connection refused`;
    assert.equal(
      textToTenant('demo01', said),
      'failed calling webhook "x.acme.io": failed to call webhook: Post "https://hook.web.svc:8443/a/b?timeout=10s": connect: connection refused',
    );
    const other = 'Get "https://example.com/webhooks/x": EOF';
    assert.equal(textToTenant('demo01', other), other);
  });
});
