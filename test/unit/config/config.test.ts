import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkConfig, configJsonSchema, upstreamsOf } from '../../../src/config/config.ts';
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
