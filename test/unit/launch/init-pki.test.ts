import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { type GatewayPkiChoice, initGatewayPki, initUpstreamPki } from '../../../src/launch/pki/init-pki.ts';
import { readKeyFolder } from '../../../src/launch/pki/key-folder.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

describe('keys of a gateway that others start', () => {
  const folder = useTemporaryFolder();
  const choice = (changes: Partial<GatewayPkiChoice> = {}): GatewayPkiChoice => ({
    folder: join(folder(), 'keys'),
    gatewayHosts: { dnsNames: ['envoy'], ipAddresses: ['10.0.0.9'] },
    bridgeHosts: { dnsNames: ['sidecar'], ipAddresses: [] },
    gatewayUrl: 'https://envoy:6443',
    operatorKubeconfig: join(folder(), 'out', 'operator.kubeconfig'),
    ...changes,
  });
  const sanOf = (text: string | undefined) => new X509Certificate(text!).subjectAltName;

  it('are made for the hosts that were named, and stay', async () => {
    await initGatewayPki(choice());
    const first = readKeyFolder(choice().folder);
    assert.equal(sanOf(first.get('serving.crt')), 'DNS:envoy, IP Address:10.0.0.9');
    assert.equal(sanOf(first.get('admission-bridge.crt')), 'DNS:sidecar');
    await initGatewayPki(choice());
    assert.deepEqual(readKeyFolder(choice().folder), first);
  });

  it('are made anew for a host more, and only those', async () => {
    await initGatewayPki(choice());
    const first = readKeyFolder(choice().folder);
    await initGatewayPki(choice({ gatewayHosts: { dnsNames: ['envoy', 'other'], ipAddresses: ['10.0.0.9'] } }));
    const second = readKeyFolder(choice().folder);
    const changed = [...second].filter(([name, text]) => first.get(name) !== text).map(([name]) => name);
    assert.deepEqual(changed.sort(), ['serving.crt', 'serving.key']);
  });

  it('come with an operator’s kubeconfig that is for its owner alone', async () => {
    mkdirSync(join(folder(), 'out'));
    writeFileSync(choice().operatorKubeconfig, 'of another gateway');
    await initGatewayPki(choice());
    const { server, ca, clientCert } = readKubeconfig(choice().operatorKubeconfig);
    const keys = readKeyFolder(choice().folder);
    assert.deepEqual([server, ca, clientCert], ['https://envoy:6443', keys.get('serving-ca.crt'), keys.get('operator.crt')]);
    assert.equal(statSync(choice().operatorKubeconfig).mode & 0o777, 0o600);
    for (const name of keys.keys()) assert.equal(statSync(join(choice().folder, name)).mode & 0o077, 0, name);
  });

  it('for Envoy are those that it shows and whom it trusts, and no key of a CA', async () => {
    const envoyFolder = join(folder(), 'envoy');
    await initGatewayPki(choice({ envoyFolder }));
    const all = readKeyFolder(choice().folder);
    const forEnvoy = readKeyFolder(envoyFolder);
    assert.deepEqual([...forEnvoy.keys()].sort(), ['serving.crt', 'serving.key', 'trusted-clients.crt']);
    for (const [name, text] of forEnvoy) assert.equal(text, all.get(name), name);
    const version = () => readlinkSync(join(envoyFolder, '..data'));
    const before = version();
    await initGatewayPki(choice({ envoyFolder }));
    assert.equal(version(), before);
  });

  it('of a trial cluster are apart from its kubeconfigs', async () => {
    const [keys, kubeconfigs] = [join(folder(), 'cluster'), join(folder(), 'kubeconfigs')];
    const forPeople = { file: join(folder(), 'mine', 'upstream.kubeconfig'), url: 'https://127.0.0.1:6444' };
    const serverHosts = { dnsNames: ['kube-apiserver'], ipAddresses: [] };
    await initUpstreamPki({ folder: keys, serverHosts, serverUrl: 'https://kube-apiserver:6443', kubeconfigDir: kubeconfigs, forPeople });
    assert.match(sanOf(readKeyFolder(keys).get('apiserver.crt')) ?? '', /DNS:kube-apiserver/);
    assert.deepEqual(readdirSync(kubeconfigs).sort(), ['admin.kubeconfig', 'controller-manager.kubeconfig', 'gateway.kubeconfig']);
    assert.equal(readKubeconfig(forPeople.file).server, 'https://127.0.0.1:6444');
    const gateway = readKubeconfig(join(kubeconfigs, 'gateway.kubeconfig'));
    assert.equal(new X509Certificate(gateway.clientCert!).subject, 'O=system:monitoring\nCN=kubezoo-gateway');
    assert.ok(!readFileSync(join(kubeconfigs, 'gateway.kubeconfig'), 'utf8').includes('ca.key'));
  });
});
