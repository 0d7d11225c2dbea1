import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import { parsePort, parseTenants } from '../../../src/cli/start-command.ts';
import { apiserverArgs } from '../../../src/launch/embedded/apiserver-args.ts';
import { controllerManagerArgs } from '../../../src/launch/embedded/controller-manager-args.ts';
import { etcdArgs } from '../../../src/launch/embedded/etcd-args.ts';
import { GATEWAY_RBAC } from '../../../src/launch/embedded/gateway-rbac.ts';
import type { UpstreamPki } from '../../../src/launch/embedded/upstream-pki.ts';

const files = (name: string) => ({ certFile: `/pki/${name}.crt`, keyFile: `/pki/${name}.key`, certificatePem: '', keyPem: '' });
const pki: UpstreamPki = {
  ca: files('ca'),
  apiserver: files('apiserver'),
  admin: files('admin'),
  controllerManager: files('controller-manager'),
  gateway: files('gateway'),
  tokenKeyFile: '/pki/sa.key',
  tokenPublicKeyFile: '/pki/sa.pub',
};

describe('flags of the embedded cluster', () => {
  it('listen on loopback only', () => {
    const etcd = etcdArgs({ dataDir: '/d', clientPort: 1, peerPort: 2 });
    for (const flag of etcd.filter((arg) => arg.includes('-urls='))) assert.match(flag, /=http:\/\/127\.0\.0\.1:[12]$/);
    assert.ok(apiserverArgs({ port: 3, etcdUrl: 'http://127.0.0.1:1', pki }).includes('--bind-address=127.0.0.1'));
    assert.ok(controllerManagerArgs('/k', pki).includes('--secure-port=0'));
  });
  it('keep what etcd has acknowledged', () => {
    assert.ok(!etcdArgs({ dataDir: '/d', clientPort: 1, peerPort: 2 }).some((arg) => arg.includes('fsync')));
  });
  it('leave the apiserver as it is for everybody else', () => {
    const args = apiserverArgs({ port: 3, etcdUrl: 'http://127.0.0.1:1', pki });
    for (const flag of ['--enable-admission-plugins', '--feature-gates', '--runtime-config', '--anonymous-auth']) {
      assert.ok(!args.some((arg) => arg.startsWith(flag)), flag);
    }
  });
});

describe("the gateway's rights upstream", () => {
  it('are to act for others, to review, and to list and watch: never to get an object by name, or to write one', () => {
    const rules: readonly { verbs: readonly string[]; resources?: readonly string[] }[] = GATEWAY_RBAC[0].object.rules;
    for (const { verbs, resources = [] } of rules) {
      if (verbs.includes('create')) for (const resource of resources) assert.match(resource, /reviews$/);
      else if (verbs.includes('list')) assert.deepEqual(verbs, ['list', 'watch']);
      else if (resources.length > 0) assert.deepEqual(verbs, ['impersonate']);
      else assert.deepEqual(verbs, ['get']);
    }
  });
});

describe('flags of kubezoo start', () => {
  it('take a port from 0 to 65535', () => {
    assert.equal(parsePort('0'), 0);
    assert.equal(parsePort('65535'), 65_535);
    for (const wrong of ['65536', '-1', '', 'http', '64.5', '0x10']) assert.throws(() => parsePort(wrong), InvalidArgumentError);
  });
  it('take tenant ids, each once, or none', () => {
    assert.deepEqual(parseTenants('abc123, team-a,abc123'), ['abc123', 'team-a']);
    assert.deepEqual(parseTenants(''), []);
    for (const wrong of ['short', 'toolong', 'ABC123', '-abc12', 'calico'])
      assert.throws(() => parseTenants(`abc123,${wrong}`), InvalidArgumentError);
  });
});
