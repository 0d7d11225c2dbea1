import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { checkConfig } from '../../../src/config/config.ts';
import { apiserverArgs } from '../../../src/launch/embedded/apiserver-args.ts';
import { controllerManagerArgs } from '../../../src/launch/embedded/controller-manager-args.ts';
import type { UpstreamPki } from '../../../src/launch/embedded/upstream-pki.ts';
import { envoyArgs } from '../../../src/launch/stack/envoy-args.ts';
import { KUBERNETES_VERSION } from '../../../src/launch/tools/build-control-plane.ts';
import { JAEGER_VERSION } from '../../../src/launch/tools/build-jaeger.ts';
import { ENVOY_VERSION } from '../../../src/launch/tools/find-envoy.ts';
import { COMPOSE_FILE, readComposeFile, weaknessesOf } from './compose-file.ts';

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(at(path), 'utf8');

describe('docker-compose.yml', () => {
  const compose = readComposeFile();
  const text = readFileSync(COMPOSE_FILE, 'utf8');
  const imageOf = (service: string) => compose.services[service]?.image;

  it('has the versions that everything is tested with', () => {
    assert.equal(imageOf('kube-apiserver'), `registry.k8s.io/kube-apiserver:${KUBERNETES_VERSION}`);
    assert.equal(imageOf('kube-controller-manager'), `registry.k8s.io/kube-controller-manager:${KUBERNETES_VERSION}`);
    const etcd = /go\.etcd\.io\/etcd\/server\/v3 (v\S+)/.exec(read('control-plane/go.mod'))?.[1];
    assert.equal(imageOf('etcd'), `quay.io/coreos/etcd:${etcd}`);
    assert.equal(imageOf('envoy'), `envoyproxy/envoy:v${ENVOY_VERSION}`);
    // Of v1 and v2 one release, whose numbers differ by 63 minors.
    const [, minor, patch] = JAEGER_VERSION.split('.');
    assert.equal(imageOf('jaeger'), `jaegertracing/jaeger:2.${Number(minor) - 63}.${patch}`);
    for (const name of ['sidecar', 'controller', 'cluster-keys', 'tenants']) assert.equal(imageOf(name), `kubezoo:${manifest.version}`);
    const node = /FETCHED_VERSION = '(.+)'/.exec(read('bin/ensure-node.mjs'))?.[1];
    assert.match(read('Dockerfile'), new RegExp(`^FROM node:${node}-`, 'm'));
  });

  it('lets no service do more than it needs', () => {
    assert.deepEqual(weaknessesOf(compose), []);
    assert.ok(Object.keys(compose.services).length >= 14);
  });

  for (const [change, from, to, expected] of [
    ['an image without a version', 'envoyproxy/envoy:v1.40.0', 'envoyproxy/envoy:latest', /^envoy: image/m],
    ['root', 'KUBEZOO_UID:-1000', 'KUBEZOO_UID:-0', /^envoy: user 0:1000/m],
    ['root in one service', '"472:0"', '"0:0"', /^grafana: user/m],
    ['a file system to write to', 'read_only: true', 'read_only: false', /^etcd: .*read-only/m],
    ['capabilities that stay', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', /^etcd: keeps capabilities/m],
    ['a capability more', 'NET_BIND_SERVICE', 'SYS_ADMIN', /^kube-apiserver: gets SYS_ADMIN/m],
    ['new privileges', '["no-new-privileges:true"]', '[]', /^etcd: may get new privileges/m],
    ['a port for everybody', '"127.0.0.1:${KUBEZOO_PORT', '"${KUBEZOO_PORT', /^envoy: publishes/m],
    ['a limit less', '{ cpus: "2", memory: 2G, pids: 400 }', '{ memory: 2G }', /^kube-apiserver: has no limits/m],
  ] as const) {
    it(`would be found weak: ${change}`, () => {
      const weaker = text.replaceAll(from, to);
      assert.ok(weaker !== text, `docker-compose.yml has no ${from}`);
      assert.match(weaknessesOf(readComposeFile(weaker)).join('\n'), expected);
    });
  }

  it('mounts files and volumes that are there, keys for reading only, and each where it is needed', () => {
    const mounts = Object.entries(compose.services).flatMap(([name, { volumes = [] }]) =>
      volumes.map((volume) => [name, ...volume.split(':')] as const),
    );
    for (const [name, source = ''] of mounts) {
      if (!source.startsWith('.')) assert.ok(Object.hasOwn(compose.volumes, source), `${name}: ${source}`);
      else assert.ok(existsSync(at(source)), `${name}: ${source}`);
    }
    const mayWrite = (volume: string) => mounts.filter(([, source, , mode]) => source === volume && mode !== 'ro').map(([name]) => name);
    assert.deepEqual(mayWrite('cluster-keys'), ['cluster-keys']);
    assert.deepEqual(mayWrite('gateway-keys'), ['gateway-keys']);
    assert.deepEqual(mayWrite('envoy-keys'), ['gateway-keys']);
    assert.deepEqual(mayWrite('envoy-config'), ['envoy-config']);
    const sees = (volume: string) => mounts.filter(([, source]) => source === volume).map(([name]) => name);
    // Envoy, which the world talks to, has no key of a CA.
    assert.deepEqual(sees('gateway-keys'), ['gateway-keys', 'sidecar', 'controller', 'doctor']);
    assert.deepEqual(sees('cluster-keys'), ['cluster-keys', 'kube-apiserver', 'kube-controller-manager']);
  });

  it('waits for what is healthy where it can be asked, and for what has ended where it ends', () => {
    for (const [name, { depends_on: dependencies = {} }] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(dependencies)) {
        const { healthcheck } = compose.services[other]!;
        if (condition === 'service_healthy') assert.ok(healthcheck?.test, `${name} waits for ${other}, which has no health check`);
      }
    }
    assert.equal(compose.services.envoy?.depends_on?.sidecar?.condition, 'service_healthy');
  });

  it('starts upstream and Envoy with the flags of `npm start`, but for addresses and files', () => {
    const pki = new Proxy({}, { get: () => ({ certFile: 'x', keyFile: 'x' }) }) as UpstreamPki;
    const names = (args: readonly string[]) => new Set(args.filter((arg) => arg.startsWith('--')).map((arg) => arg.split('=', 1)[0]!));
    const apart = (ours: readonly string[], theirs: readonly string[]) => {
      const [left, right] = [names(ours), names(theirs)];
      return [...left, ...right].filter((name) => !left.has(name) || !right.has(name)).sort();
    };
    const apiserver = apiserverArgs({ port: 1, etcdUrl: 'x', pki, tracingConfigFile: 'x' });
    assert.deepEqual(apart(apiserver, compose.services['kube-apiserver']!.command!), ['--allow-privileged', '--bind-address']);
    assert.deepEqual(apart(controllerManagerArgs('x', pki), compose.services['kube-controller-manager']!.command!), []);
    const envoy = envoyArgs('/var/lib/kubezoo/envoy/envoy.yaml');
    assert.deepEqual(compose.services.envoy?.command, envoy);
  });

  it('comes with a configuration that is good', () => {
    const config = checkConfig('kubezoo.yaml', read('deploy/compose/kubezoo.yaml'), compose.services.sidecar?.environment);
    assert.equal(config.gatewayUrl, 'https://127.0.0.1:6443');
    assert.equal(config.envoy?.listenPort, 6443);
    const { scrape_configs: jobs } = parse(read('deploy/compose/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap(({ static_configs: configs }) => configs.flatMap(({ targets: list }) => list));
    assert.ok(targets.includes(`sidecar:${config.adminAddress.split(':').at(-1)}`));
    assert.ok(targets.includes(`controller:${config.controllerAdminAddress.split(':').at(-1)}`));
    assert.ok(targets.includes(`envoy:${config.envoy?.statsAddress?.split(':').at(-1)}`));
  });
});

describe('Dockerfile', () => {
  it('lets nothing into the builder that it does not need', () => {
    const [first, ...rest] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(first, '*');
    const allowed = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    assert.deepEqual(allowed, [
      'bin',
      'envoy/envoy.yaml',
      'proto/*.proto',
      'src',
      'deploy/docker',
      'package.json',
      'package-lock.json',
      'LICENSE',
    ]);
  });

  it('ends in an image without a shell, of a user that is not root', () => {
    const last = read('Dockerfile')
      .split(/^FROM /m)
      .at(-1)!;
    assert.match(last, /^scratch\n/);
    assert.match(last, /^USER [1-9]\d*:[1-9]\d*$/m);
    assert.match(last, /^HEALTHCHECK .*CMD \[/m);
    assert.match(last, /^ENTRYPOINT \["kubezoo"\]$/m);
    assert.doesNotMatch(last, /^RUN/m);
  });
});
