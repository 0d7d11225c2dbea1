import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkConfig, configJsonSchema, loadConfig, upstreamsOf } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { MINIMAL } from './minimal.ts';

function problemsOf(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    checkConfig('kubezoo.yaml', text, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}

describe('configuration', () => {
  it('is read as YAML and as JSON, with defaults', () => {
    const config = checkConfig('x', MINIMAL);
    assert.deepEqual([config.etcdPrefix, config.logLevel, config.workers], ['/kubezoo/', 'info', 1]);
    // A log that has no place yet could not be switched on while the process runs.
    assert.deepEqual([config.requestLog.requests, config.requestLog.path], ['off', '-']);
    assert.deepEqual(checkConfig('x', JSON.stringify(config)), config);
  });

  it('names the line of what is wrong, and of what is unknown', () => {
    assert.deepEqual(
      problemsOf(`${MINIMAL}logLevel: loud\nadmissionBridge:\n  host: 127.0.0.1\n  port: "1"\nshard: 1\n`).filter(
        (line) => !line.includes('is missing'),
      ),
      [
        'kubezoo.yaml:13: admissionBridge.port: Invalid input: expected number, received string',
        'kubezoo.yaml:10: logLevel: Invalid option: expected one of "trace"|"debug"|"info"|"warn"|"error"|"silent"',
        'kubezoo.yaml:14: shard: there is no such field',
      ],
    );
  });

  it('does not take for good what a process would only stumble over', () => {
    const wrong = (field: string, text: string) => problemsOf(`${MINIMAL.replace(new RegExp(`^${field}.*\\n`, 'm'), '')}${text}\n`);
    assert.deepEqual(wrong('gatewayUrl', 'gatewayUrl: http://gateway:6443'), ['kubezoo.yaml:9: gatewayUrl: an https URL is wanted']);
    assert.deepEqual(wrong('-', 'adminAddress: localhost'), ['kubezoo.yaml:10: adminAddress: host:port is wanted']);
    assert.deepEqual(wrong('-', 'controllerAdminAddress: 127.0.0.1:65536'), [
      'kubezoo.yaml:10: controllerAdminAddress: host:port is wanted',
    ]);
    for (const address of ['127.0.0.1:0', "':::9091'", "'[::1]:65535'", 'sidecar:9090'])
      assert.deepEqual(wrong('-', `adminAddress: ${address}`), []);
    assert.deepEqual(wrong('-', 'audit: {path: logs/audit.log}'), ['kubezoo.yaml:10: audit.path: an absolute path is wanted, or `-`']);
    assert.deepEqual(wrong('etcdEndpoints', 'etcdEndpoints: [127.0.0.1:2379]'), [
      'kubezoo.yaml:9: etcdEndpoints.0: an http or https URL is wanted',
    ]);
    assert.deepEqual(wrong('etcdEndpoints', 'etcdEndpoints: [http://a:2379, https://b:2379]'), [
      'kubezoo.yaml:9: etcdEndpoints: https for all of them, or http for all',
    ]);
  });

  it('says in a line what cannot be read at all', () => {
    assert.throws(() => loadConfig('/no/such/file'), { name: 'Error', message: /^\/no\/such\/file: cannot be read: ENOENT/ });
    assert.throws(() => loadConfig('/'), { message: /^\/: cannot be read: EISDIR/ });
    assert.deepEqual(problemsOf('a: 1\n---\nb: 1\n'), ['kubezoo.yaml:2: there is more than one document in it']);
    const lists = ['a', 'b', 'c', 'd', 'e'].map((name, index, all) => `${name}: &${name} [${`*${all[index - 1]}, `.repeat(9)}x]`);
    assert.deepEqual(problemsOf([`a: &a [x]`, ...lists.slice(1)].join('\n')), [
      'kubezoo.yaml:1: Excessive alias count indicates a resource exhaustion attack',
    ]);
  });

  it('says what is missing', () => {
    assert.deepEqual(problemsOf(MINIMAL.replace(/gatewayUrl.*\n/, '')), ['kubezoo.yaml:1: gatewayUrl: is missing']);
  });

  it('names the line of what is no YAML, or stands twice', () => {
    assert.match(problemsOf(`${MINIMAL}workers: [1\n`).join(), /^kubezoo\.yaml:1[01]: /);
    assert.deepEqual(problemsOf(`${MINIMAL}workers: 1\nworkers: 2\n`), ['kubezoo.yaml:11: Map keys must be unique']);
  });

  it('takes fields from the environment, and blames it by name', () => {
    const env = { KUBEZOO_CONFIG_LOG_LEVEL: 'debug', KUBEZOO_CONFIG_WORKERS: '3', PATH: '/bin' };
    const config = checkConfig('x', MINIMAL, env);
    assert.deepEqual([config.logLevel, config.workers], ['debug', 3]);
    assert.deepEqual(problemsOf(MINIMAL, { KUBEZOO_CONFIG_WORKERS: '0' }), [
      'KUBEZOO_CONFIG_WORKERS: workers: Too small: expected number to be >=1',
    ]);
    assert.deepEqual(problemsOf(MINIMAL, { KUBEZOO_CONFIG_NO_SUCH: '0' }), ['KUBEZOO_CONFIG_NO_SUCH: noSuch: there is no such field']);
    const west = {
      KUBEZOO_CONFIG_OTHER_UPSTREAMS__WEST__GATEWAY_KUBECONFIG: 'a',
      KUBEZOO_CONFIG_OTHER_UPSTREAMS__WEST__CONTROLLER_KUBECONFIG: 'b',
    };
    assert.deepEqual(
      upstreamsOf(checkConfig('x', MINIMAL, west)).map(({ name, gatewayKubeconfig }) => [name, gatewayKubeconfig]),
      [
        ['default', 'gateway.kubeconfig'],
        ['west', 'a'],
      ],
    );
  });

  it('refuses two clusters of one name', () => {
    const other = 'otherUpstreams: {default: {gatewayKubeconfig: a, controllerKubeconfig: b}}\n';
    assert.deepEqual(problemsOf(MINIMAL + other), ['kubezoo.yaml:1: two upstream clusters have the same name']);
  });

  it('has a published schema, which is up to date (npx kubezoo config schema > docs/config.schema.json)', () => {
    const published = JSON.parse(readFileSync(new URL('../../../docs/config.schema.json', import.meta.url), 'utf8'));
    assert.deepEqual(published, JSON.parse(JSON.stringify(configJsonSchema())));
  });
});
