import assert from 'node:assert/strict';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { KubeError } from '../../../../src/errors.ts';
import { protobufToJson } from '../../../../src/translate/protobuf/protobuf-to-json.ts';

/** `k8s\0` and a runtime.Unknown around the bytes of an object. */
function envelope(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const writer = protobuf.Writer.create();
  writer.uint32(10).fork().uint32(10).string(apiVersion).uint32(18).string(kind).ldelim();
  writer.uint32(18).bytes(raw).uint32(26).string('').uint32(34).string('');
  return Buffer.concat([Buffer.from('k8s\0'), writer.finish()]);
}

/** A Namespace whose metadata (field 1) has a name (field 1). */
function namespace(name: string): Buffer {
  return envelope('v1', 'Namespace', protobuf.Writer.create().uint32(10).fork().uint32(10).string(name).ldelim().finish());
}

function reasonOf(body: Uint8Array): string {
  try {
    protobufToJson(body);
  } catch (error) {
    if (error instanceof KubeError) return error.reason;
    throw error;
  }
  return 'none';
}

describe('protobufToJson', () => {
  it('puts the kind of the envelope into the object', () => {
    assert.equal(protobufToJson(namespace('web')).toString(), '{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"web"}}');
  });

  it('reads DeleteOptions of any group', () => {
    // {1 gracePeriodSeconds}
    const body = envelope('apps/v1', 'DeleteOptions', protobuf.Writer.create().uint32(8).int64(0).finish());
    assert.equal(JSON.parse(protobufToJson(body).toString()).gracePeriodSeconds, 0);
  });

  it('leaves out fields that it does not know', () => {
    const writer = protobuf.Writer.create()
      .uint32((9999 << 3) | 2)
      .string('new');
    assert.equal(protobufToJson(envelope('v1', 'ConfigMap', writer.finish())).toString(), '{"kind":"ConfigMap","apiVersion":"v1"}');
  });

  it('refuses kinds that have no protobuf', () =>
    assert.equal(reasonOf(envelope('acme.io/v1', 'Widget', new Uint8Array(0))), 'UnsupportedMediaType'));

  it('refuses what is no such body', () => {
    assert.equal(reasonOf(Buffer.from('{"kind":"Namespace"}')), 'BadRequest');
    assert.equal(reasonOf(new Uint8Array(0)), 'BadRequest');
    assert.equal(reasonOf(namespace('web').subarray(0, -16)), 'BadRequest');
  });

  it('says nothing but a reason, whatever the bytes', () => {
    const whole = namespace('web');
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const body = Buffer.from(whole);
        body[at] = byte;
        assert.match(reasonOf(body), /^(none|BadRequest|UnsupportedMediaType)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('ends on messages inside each other without end', () => {
    // JSONSchemaProps is not built in; ObjectMeta inside PodTemplateSpec is flat: the depth guard is met by hand-made bytes only.
    let inner: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 5_000; depth++) inner = protobuf.Writer.create().uint32(10).bytes(inner).finish();
    assert.match(reasonOf(envelope('v1', 'Pod', inner)), /^(none|BadRequest)$/);
  });
});
