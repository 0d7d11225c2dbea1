import assert from 'node:assert/strict';
import { KubeConfig } from '@kubernetes/client-node';
import { readKubeconfig, renderKubeconfig } from '../../../src/certs/kubeconfig.ts';

const parts = {
  server: 'https://127.0.0.1:6443',
  caPem: '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n',
  clusterName: 'demo01',
  user: 'yes: "no", #1',
  certPem: 'cert',
  keyPem: 'key',
};

describe('renderKubeconfig', () => {
  it('is read by a Kubernetes client, whatever the user is called', () => {
    const config = new KubeConfig();
    config.loadFromString(renderKubeconfig({ ...parts, namespace: 'web' }));
    assert.equal(config.getCurrentContext(), 'demo01');
    assert.equal(config.getContextObject('demo01')?.namespace, 'web');
    assert.equal(config.getCurrentCluster()?.server, parts.server);
    assert.equal(Buffer.from(config.getCurrentCluster()?.caData ?? '', 'base64').toString(), parts.caPem);
    assert.equal(config.getCurrentUser()?.name, parts.user);
    assert.equal(Buffer.from(config.getCurrentUser()?.keyData ?? '', 'base64').toString(), 'key');
  });

  it('is read back in parts', () => {
    assert.deepEqual(readKubeconfig(renderKubeconfig(parts)), parts);
    assert.deepEqual(readKubeconfig(renderKubeconfig({ ...parts, namespace: 'web' })), { ...parts, namespace: 'web' });
    for (const text of ['', 'a: b', '{', 'clusters: []', 'null']) assert.equal(readKubeconfig(text), undefined, text);
  });
});
