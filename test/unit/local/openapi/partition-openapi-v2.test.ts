import assert from 'node:assert/strict';
import { jsonForm } from '../../../../src/local/openapi/json-form.ts';
import {
  keyOfOwnPart,
  type OpenApiV2Partition,
  openApiV2OfTenant,
  partitionOpenApiV2,
} from '../../../../src/local/openapi/partition-openapi-v2.ts';
import { SAMPLE_TABLE } from '../sample-table.ts';

const FORM = jsonForm('v2');

function document(groups: Record<string, string>, pod = 'a pod'): Buffer {
  const paths: Record<string, object> = {
    '/api/v1/pods': { get: { responses: { 200: { schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } } } } },
  };
  const definitions: Record<string, object> = { 'io.k8s.api.core.v1.Pod': { description: pod }, 'io.k8s.api.core.v1.Node': {} };
  for (const [group, description] of Object.entries(groups)) {
    const name = `${group.split('.').reverse().join('.')}.v1.Widget`;
    paths[`/apis/${group}/v1/widgets`] = {
      get: {
        parameters: [{ $ref: `#/parameters/name-${description}` }],
        responses: { 200: { schema: { $ref: `#/definitions/${name}` } } },
      },
    };
    definitions[name] = { description, default: { $ref: '#/definitions/io.demo02-acme.v1.Widget' } };
  }
  const parameters = Object.fromEntries(Object.values(groups).map((text) => [`name-${text}`, { description: text }]));
  return Buffer.from(JSON.stringify({ swagger: '2.0', paths, definitions, parameters }));
}

function partition(groups: Record<string, string>, previous?: OpenApiV2Partition, pod?: string): OpenApiV2Partition {
  return partitionOpenApiV2(document(groups, pod), 'application/json', FORM, SAMPLE_TABLE, previous);
}

describe('OpenAPI v2, parted by tenant', () => {
  const GROUPS = { 'demo01-acme.io': 'mine', 'demo02-acme.io': 'theirs', 'unshared.example.com': 'nobodys' };
  const textFor = (of: OpenApiV2Partition, tenantId: string) => openApiV2OfTenant(of, of.own.get(tenantId)!, tenantId, FORM);

  it('gives a tenant its own paths, definitions and parameters, and no others’', () => {
    const text = Buffer.concat([...textFor(partition(GROUPS), 'demo01').parts]).toString();
    const own = JSON.parse(text) as Record<string, Record<string, unknown>>;
    assert.deepEqual(Object.keys(own.paths!), ['/api/v1/pods', '/apis/acme.io/v1/widgets']);
    assert.deepEqual(Object.keys(own.definitions!), ['io.k8s.api.core.v1.Pod', 'io.acme.v1.Widget']);
    assert.deepEqual(Object.keys(own.parameters!), ['name-mine']);
    assert.match(text, /"default":{"\$ref":"#\/definitions\/io\.demo02-acme\.v1\.Widget"}/);
    assert.doesNotMatch(text, /theirs|nobodys/);
  });

  it('gives those without groups of their own one document', () => {
    const { platform, own } = partition(GROUPS);
    assert.deepEqual([...own.keys()], ['demo01', 'demo02']);
    assert.equal(
      Buffer.concat([...platform.text.parts]).toString(),
      '{"swagger":"2.0","paths":{"/api/v1/pods":{"get":{"responses":{"200":{"schema":{"$ref":"#/definitions/io.k8s.api.core.v1.Pod"}}}}}},' +
        '"definitions":{"io.k8s.api.core.v1.Pod":{"description":"a pod"}},"parameters":{}}',
    );
  });

  it('holds the platform’s part once for all', () => {
    const of = partition(GROUPS);
    const [mine, theirs] = [textFor(of, 'demo01'), textFor(of, 'demo02')];
    for (const block of [of.platform.blocks.paths, of.platform.blocks.definitions]) {
      assert.ok(mine.parts.includes(block) && theirs.parts.includes(block) && of.platform.text.parts.includes(block));
    }
  });

  it('keeps the platform’s part, and each tenant’s key and ETag, while only another’s groups change', () => {
    const before = partition(GROUPS);
    const after = partition({ ...GROUPS, 'demo02-acme.io': 'changed' }, before);
    assert.equal(after.platform, before.platform);
    const key = (of: OpenApiV2Partition, tenantId: string) => [keyOfOwnPart(of.own.get(tenantId)!), textFor(of, tenantId).etag];
    assert.deepEqual(key(after, 'demo01'), key(before, 'demo01'));
    assert.notDeepEqual(key(after, 'demo02'), key(before, 'demo02'));

    const other = partition(GROUPS, before, 'another pod');
    assert.notEqual(other.platform.text.etag, before.platform.text.etag);
    assert.notEqual(textFor(other, 'demo01').etag, textFor(before, 'demo01').etag);
    assert.equal(keyOfOwnPart(other.own.get('demo01')!), keyOfOwnPart(before.own.get('demo01')!));
  });
});
