import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { stringify } from 'yaml';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { LaunchError } from '../../../src/launch/launch-error.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('readKubeconfig', () => {
  const folder = useTemporaryFolder();
  const read = (text: string) => {
    const file = join(folder(), 'kubeconfig');
    writeFileSync(file, text);
    return readKubeconfig(file);
  };
  const config = (cluster: object, user: object) =>
    stringify({
      clusters: [
        { name: 'other', cluster: {} },
        { name: 'c', cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': base64('CA'), ...cluster } },
      ],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });

  it('reads what renderKubeconfig writes', () => {
    const clusters: Cluster[] = [
      { server: 'https://127.0.0.1:1', ca: 'CA', clientCert: 'CERT', clientKey: 'KEY' },
      { server: 'https://127.0.0.1:1', ca: 'CA', token: 'TOKEN', serverName: 'kubernetes' },
    ];
    for (const cluster of clusters) assert.deepEqual(read(renderKubeconfig(cluster, 'any')), cluster);
  });
  it('follows file names, relative to the kubeconfig', () => {
    mkdirSync(join(folder(), 'keys'));
    for (const name of ['ca', 'crt', 'key']) writeFileSync(join(folder(), 'keys', name), name.toUpperCase());
    const text = config(
      { 'certificate-authority-data': undefined, 'certificate-authority': 'keys/ca' },
      { 'client-certificate': 'keys/crt', 'client-key': join(folder(), 'keys', 'key') },
    );
    assert.deepEqual(read(text), { server: 'https://10.0.0.1:6443', ca: 'CA', clientCert: 'CRT', clientKey: 'KEY' });
  });
  it('reads a token from its file', () => {
    writeFileSync(join(folder(), 'token'), 'TOKEN\n');
    assert.equal(read(config({}, { tokenFile: 'token' })).token, 'TOKEN');
  });
  it('trusts the usual authorities when none is named', () => {
    assert.equal(read(config({ 'certificate-authority-data': undefined }, { token: 'T' })).ca, rootCertificates.join('\n'));
  });

  const refusals: [what: string, cluster: object, user: object, expected: RegExp][] = [
    ['a command that logs in', {}, { exec: { command: 'login' } }, /logs in with a command/],
    ['no verification', { 'insecure-skip-tls-verify': true }, { token: 'T' }, /insecure-skip-tls-verify/],
    ['plain http', { server: 'http://10.0.0.1' }, { token: 'T' }, /is no https URL/],
    ['a path', { server: 'https://10.0.0.1/k8s/clusters/c' }, { token: 'T' }, /server with a path/],
    ['a user without credentials', {}, { username: 'a' }, /neither a client certificate with its key nor a token/],
    ['a certificate without its key', {}, { 'client-certificate-data': base64('C') }, /neither a client certificate/],
  ];
  for (const [what, cluster, user, expected] of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => read(config(cluster, user)),
        (error: Error) => error instanceof LaunchError && expected.test(error.message),
      );
    });
  }
  it('says what is missing in a file that is none', () => {
    assert.throws(() => read('{}'), /there is no context null/);
    assert.throws(() => read('a: ['), LaunchError);
    assert.throws(() => readKubeconfig(join(folder(), 'nothing')), /cannot be read as a kubeconfig: ENOENT/);
  });
});
