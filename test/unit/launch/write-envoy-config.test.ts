import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkConfig } from '../../../src/config/config.ts';
import { writeEnvoyConfig } from '../../../src/launch/envoy/write-envoy-config.ts';
import { LaunchError } from '../../../src/launch/launch-error.ts';
import { initUpstreamPki } from '../../../src/launch/pki/init-pki.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

interface Bootstrap {
  readonly admin: { readonly address: object };
  readonly static_resources: { readonly listeners: Listener[]; readonly clusters: Cluster[] };
}
interface Listener {
  readonly name: string;
  readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } };
  readonly filter_chains: { filters: { typed_config: { route_config: { virtual_hosts: { routes: unknown[] }[] } } }[] }[];
}
interface Cluster {
  readonly name: string;
  readonly type: string;
  readonly load_assignment: { endpoints: { lb_endpoints: { endpoint: { address: unknown } }[] }[] };
}

describe('envoy-config', () => {
  const folder = useTemporaryFolder();
  const configOf = (envoy: object | undefined, rest: object = {}) =>
    checkConfig(
      'x',
      JSON.stringify({
        extProcSocket: '/run/kubezoo/ext-proc.sock',
        localSocket: '/run/kubezoo/local.sock',
        gatewayKubeconfig: join(folder(), 'kubeconfigs', 'gateway.kubeconfig'),
        controllerKubeconfig: 'unused',
        gatewayUrl: 'https://gateway:6443',
        servingCaFile: 'serving-ca.crt',
        clientCaFile: '/keys/ca.crt',
        clientCaKeyFile: 'ca.key',
        etcdEndpoints: ['http://etcd:2379'],
        ...(envoy && { envoy: { servingCertFile: '/keys/serving.crt', servingKeyFile: '/keys/serving.key', ...envoy } }),
        ...rest,
      }),
    );
  const write = (envoy: object | undefined, rest?: object) => {
    const file = writeEnvoyConfig(configOf(envoy, rest), join(folder(), 'out'));
    return parse(readFileSync(file, 'utf8')) as Bootstrap;
  };

  beforeEach(() =>
    initUpstreamPki({
      folder: join(folder(), 'cluster'),
      serverHosts: { dnsNames: ['kube-apiserver'], ipAddresses: [] },
      serverUrl: 'https://kube-apiserver:7443',
      kubeconfigDir: join(folder(), 'kubeconfigs'),
    }),
  );

  it('says where Envoy listens, and finds upstream in the kubeconfig', () => {
    const { listeners, clusters } = write({ listenPort: 8443 }).static_resources;
    assert.deepEqual(
      listeners.map(({ address }) => address.socket_address),
      [{ address: '0.0.0.0', port_value: 8443 }],
    );
    const upstream = clusters.find(({ name }) => name === 'upstream');
    assert.equal(upstream?.type, 'STRICT_DNS');
    assert.deepEqual(upstream?.load_assignment.endpoints[0]?.lb_endpoints[0]?.endpoint.address, {
      socket_address: { address: 'kube-apiserver', port_value: 7443 },
    });
    const secret = readFileSync(join(folder(), 'out', 'secrets', 'upstream-client.yaml'), 'utf8');
    assert.ok(secret.includes(join(folder(), 'out', 'upstream', 'gateway.key')));
    assert.match(readFileSync(join(folder(), 'out', 'secrets', 'trusted-clients.yaml'), 'utf8'), /\/keys\/ca\.crt/);
  });

  it('leaves the keys that Envoy watches alone when they are the same', () => {
    write({});
    const version = () => readlinkSync(join(folder(), 'out', 'upstream', '..data'));
    const before = version();
    write({});
    assert.equal(version(), before);
  });

  it('opens two paths of the admin endpoints, for reading', () => {
    const shutdown = { envoyAdminSocket: '/run/kubezoo/envoy.sock' };
    const { admin, static_resources: resources } = write({ statsAddress: '0.0.0.0:9902' }, { shutdown });
    assert.deepEqual(admin.address, { pipe: { path: '/run/kubezoo/envoy.sock' } });
    const stats = resources.listeners.find(({ name }) => name === 'stats');
    assert.deepEqual(stats?.address.socket_address, { address: '0.0.0.0', port_value: 9902 });
    const get = [{ name: ':method', string_match: { exact: 'GET' } }];
    assert.deepEqual(stats?.filter_chains[0]?.filters[0]?.typed_config.route_config.virtual_hosts[0]?.routes, [
      { match: { path: '/ready', headers: get }, route: { cluster: 'envoy_admin' } },
      { match: { path: '/stats/prometheus', headers: get }, route: { cluster: 'envoy_admin' } },
    ]);
  });

  it('and three of the sidecar where that is wanted, not its page', () => {
    const rest = { shutdown: { envoyAdminSocket: '/run/kubezoo/envoy.sock' }, adminAddress: '127.0.0.1:9901' };
    const { listeners, clusters } = write({ statsAddress: '[::]:9902', sidecarStats: true }, rest).static_resources;
    const stats = listeners.find(({ name }) => name === 'stats');
    assert.deepEqual(stats?.address.socket_address, { address: '::', port_value: 9902 });
    const routes = stats?.filter_chains[0]?.filters[0]?.typed_config.route_config.virtual_hosts[0]?.routes as {
      match: { path: string };
      route: { cluster: string };
    }[];
    const toSidecar = routes.filter(({ route }) => route.cluster === 'sidecar_admin').map(({ match }) => match.path);
    assert.deepEqual(toSidecar, ['/metrics', '/readyz', '/livez']);
    const sidecar = clusters.find(({ name }) => name === 'sidecar_admin');
    assert.deepEqual(sidecar?.load_assignment.endpoints[0]?.lb_endpoints[0]?.endpoint.address, {
      socket_address: { address: '127.0.0.1', port_value: 9901 },
    });
    assert.throws(
      () => write({ statsAddress: '[::]:9902', sidecarStats: true }, { ...rest, adminAddress: '127.0.0.1:0' }),
      /needs an address that is known/,
    );
  });

  it('says what is missing', () => {
    assert.throws(() => write(undefined), LaunchError);
    assert.throws(() => write({ statsAddress: '0.0.0.0:9902' }), /needs a socket/);
  });
});
