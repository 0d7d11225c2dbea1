import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KubeError } from '../../../../src/errors.ts';
import { writeEnvelope } from '../../../../src/translate/protobuf/envelope.ts';
import type { WireWriter } from '../../../../src/translate/protobuf/wire-writer.ts';
import { translateRequestBody } from '../../../../src/translate/request-body.ts';
import { readProtobuf, toProtobuf } from '../../../helpers/protobuf-text.ts';
import { contextOf, rowOf } from '../both-ways.ts';
import { type Json, messageWith } from './run-protobuf.ts';

const CONTENT_TYPE = 'application/vnd.kubernetes.protobuf';
const configMaps = rowOf('configmaps');
const namespaces = rowOf('namespaces');

interface Sent {
  readonly row?: typeof configMaps;
  readonly verb?: string;
  readonly subresource?: string;
  readonly contentType?: string;
}

function send(body: Buffer, { row = configMaps, verb = 'create', subresource, contentType = CONTENT_TYPE }: Sent = {}): Buffer {
  return translateRequestBody({ row, subresource, verb, contentType, body, context: contextOf() }).body;
}

function refusal(body: Buffer, sent?: Sent): KubeError {
  try {
    send(body, sent);
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

const configMap = (metadata: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata });

describe('a request’s body in protobuf', function () {
  this.timeout(120_000);
  it('stays protobuf, translated', () => {
    assert.deepEqual(
      readProtobuf(send(toProtobuf(configMap({ name: 'x', namespace: 'web' })))),
      configMap({ name: 'x', namespace: 'demo01-web' }),
    );
  });

  it('gets the tenant’s label, whatever the tenant wrote', () => {
    for (const labels of [undefined, { app: 'x' }, { 'kubezoo.io/tenant': 'demo02' }]) {
      const body = toProtobuf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web', ...(labels && { labels }) } });
      const { metadata } = readProtobuf(send(body, { row: namespaces })) as { metadata: { name: string; labels: Json } };
      assert.equal(metadata.name, 'demo01-web');
      assert.equal(metadata.labels['kubezoo.io/tenant'], 'demo01');
    }
  });

  it('gets the tenant’s label also where no metadata is, or two are', () => {
    const none = writeEnvelope('v1', 'Namespace', Buffer.alloc(0));
    assert.deepEqual(readProtobuf(send(none, { row: namespaces })).metadata, { labels: { 'kubezoo.io/tenant': 'demo01' } });
    const twice = messageWith('v1', 'Namespace', { metadata: { name: 'a' } }, (writer) =>
      writer.message(1, (metadata) => metadata.text(1, 'b')),
    );
    const { metadata } = readProtobuf(send(writeEnvelope('v1', 'Namespace', twice), { row: namespaces })) as { metadata: Json };
    assert.deepEqual(metadata, { name: 'demo01-b', labels: { 'kubezoo.io/tenant': 'demo01' } });
  });

  it('keeps fields of a newer client', () => {
    const raw = messageWith('v1', 'ConfigMap', { metadata: { name: 'x' } }, (writer) => writer.text(9_999, 'new'));
    const body = writeEnvelope('v1', 'ConfigMap', raw);
    assert.deepEqual(send(body), body);
  });

  it('carries what is forced on admission objects, and keeps their unknown fields', () => {
    const policy = {
      spec: {
        matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
      },
    };
    const raw = messageWith('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', policy, (writer) => writer.text(9_999, 'new'));
    const body = writeEnvelope('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', raw);
    const upstream = send(body, { row: rowOf('admissionregistration.k8s.io/validatingadmissionpolicies') });
    const { spec } = readProtobuf(upstream) as { spec: { matchConditions: Json[]; matchConstraints: { namespaceSelector: Json } } };
    assert.equal(spec.matchConditions.length, 1);
    assert.deepEqual(spec.matchConstraints.namespaceSelector, { matchLabels: { 'kubezoo.io/tenant': 'demo01' } });
    assert.ok(upstream.includes('new'));
  });

  it('must be of the kind that is expected, and say so', () => {
    const secret = refusal(toProtobuf({ apiVersion: 'v1', kind: 'Secret' }));
    assert.deepEqual([secret.code, secret.message], [400, 'Secret in version "v1" cannot be handled as a ConfigMap: unknown conversion']);
    const otherGroup = refusal(toProtobuf({ apiVersion: 'v1', kind: 'Event' }), { row: rowOf('events.k8s.io/events') });
    assert.match(otherGroup.message, /^Event in version "v1" cannot be handled as a Event/);
    assert.match(refusal(writeEnvelope('v1', 'ConfigMap2', Buffer.alloc(0))).message, /^ConfigMap2 in version "v1" cannot be handled/);
    for (const [apiVersion, kind] of [
      ['', ''],
      ['v1', ''],
      ['', 'ConfigMap'],
    ] as const) {
      assert.match(
        refusal(writeEnvelope(apiVersion, kind, Buffer.alloc(0))).message,
        /\(must be of type ConfigMap\): Object 'Kind' is missing/,
      );
    }
  });

  it('may be the kind of a sub-resource', () => {
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'x', namespace: 'web' }, spec: { replicas: 3 } };
    const sent = { row: rowOf('apps/deployments'), verb: 'update', subresource: 'scale' };
    assert.deepEqual(readProtobuf(send(toProtobuf(scale), sent)), { ...scale, metadata: { name: 'x', namespace: 'demo01-web' } });
    assert.equal(refusal(toProtobuf({ apiVersion: 'apps/v1', kind: 'Deployment' }), sent).code, 400);
  });

  it('may be options of a deletion, but not all of them', () => {
    const options = toProtobuf({ apiVersion: 'apps/v1', kind: 'DeleteOptions', propagationPolicy: 'Orphan' });
    assert.deepEqual(send(options, { verb: 'delete' }), options);
    assert.deepEqual(send(options, { verb: 'deletecollection' }), options);
    const refused = toProtobuf({ apiVersion: 'v1', kind: 'DeleteOptions', ignoreStoreReadErrorWithClusterBreakingPotential: true });
    assert.match(refusal(refused, { verb: 'delete' }).message, /for the platform/);
    assert.equal(refusal(toProtobuf(configMap({})), { verb: 'delete' }).code, 400);
  });

  it('is refused in upstream’s words where it is none', () => {
    const words: [Buffer, string][] = [
      [Buffer.from('nope'), 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (6e6f7065)'],
      [Buffer.from('k8s\0'), 'empty body (6b387300)'],
      [
        toProtobuf(configMap({ name: 'a-name-of-some-length' })).subarray(0, -20),
        'unexpected EOF (6b3873000a0f0a0276311209436f6e6669674d617012190a170a15612d6e ...)',
      ],
    ];
    for (const [body, problem] of words) {
      assert.equal(refusal(body).message, `the object provided is unrecognized (must be of type ConfigMap): ${problem}`);
    }
  });

  it('is no form of a patch, nor of what has no protobuf', () => {
    assert.equal(refusal(toProtobuf(configMap({})), { verb: 'patch' }).code, 415);
    assert.equal(refusal(toProtobuf(configMap({})), { contentType: `${CONTENT_TYPE};stream=watch` }).code, 415);
  });

  it('of any bytes is translated or refused', () => {
    const whole = toProtobuf({
      ...configMap({ name: 'x', namespace: 'web', labels: { a: 'b' }, ownerReferences: [{ kind: 'K', name: 'n' }] }),
      data: { c: 'd' },
    });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const body = Buffer.from(whole);
        body[at] = byte;
        try {
          send(body);
        } catch (error) {
          assert.ok(error instanceof KubeError && error.code === 400, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused where Go would read something else', () => {
    const entry = (write: (entry: WireWriter) => void) =>
      messageWith('v1', 'ConfigMap', {}, (writer) => writer.message(1, (metadata) => metadata.message(11, write)));
    const twoKeys = entry((label) => {
      label.text(1, 'app');
      label.text(1, 'kubezoo.io/tenant');
    });
    assert.match(refusal(writeEnvelope('v1', 'ConfigMap', twoKeys)).message, /a map entry with two keys/);
  });
});
