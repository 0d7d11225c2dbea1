import assert from 'node:assert/strict';
import type { Plan } from '../../../../src/translate/engine/plan.ts';
import { writeEnvelope } from '../../../../src/translate/protobuf/envelope.ts';
import { MalformedMessageError, rewriteProtobuf } from '../../../../src/translate/protobuf/protobuf-rewriter.ts';
import { WireWriter } from '../../../../src/translate/protobuf/wire-writer.ts';
import { toProtobuf } from '../../../helpers/protobuf-text.ts';
import { contextOf, type Json, messageWith, rewriteObject } from './run-protobuf.ts';

const at = (path: string, plan: Plan): Plan => path.split('.').reduceRight<Plan>((inner, name) => ({ fields: { [name]: inner } }), plan);
const pod = (members: Json): Json => ({ apiVersion: 'v1', kind: 'Pod', ...members });
const shout: Plan = { string: (text) => text.toUpperCase() };
const fieldsOf = (json: string): Json => JSON.parse(json) as Json;

describe('ProtobufRewriter: rules', () => {
  it('adds the prefix, but not to nothing', () => {
    const plan = at('metadata', { fields: { namespace: { string: 'add' }, name: { string: 'add' } } });
    assert.deepEqual(rewriteObject(plan, pod({ metadata: { name: '', namespace: 'web' } })), {
      metadata: { name: '', namespace: 'demo01-web' },
    });
  });

  it('takes the prefix off where something stands behind it', () => {
    const plan = at('metadata', { fields: { name: { string: 'strip' }, namespace: { string: 'strip' }, uid: { string: 'strip' } } });
    const metadata = { name: 'demo01-x', namespace: 'demo01-', uid: 'demo02-x' };
    assert.deepEqual(rewriteObject(plan, pod({ metadata })), { metadata: { ...metadata, name: 'x' } });
  });

  it('keeps lengths right where they need one more byte, or one less', () => {
    for (const length of [120, 121, 127, 128, 129, 16_370, 16_380, 16_390]) {
      const name = 'n'.repeat(length);
      const added = rewriteObject(at('metadata.name', { string: 'add' }), pod({ metadata: { name } }));
      assert.deepEqual(added, { metadata: { name: `demo01-${name}` } });
      const stripped = rewriteObject(at('metadata.name', { string: 'strip' }), pod({ metadata: { name: `demo01-${name}` } }));
      assert.deepEqual(stripped, { metadata: { name } });
    }
  });

  it('hands strings to functions, wherever their JSON is a string', () => {
    assert.deepEqual(rewriteObject(at('spec.nodeName', shout), pod({ spec: { nodeName: 'é-x' } })), { spec: { nodeName: 'É-X' } });
    const secret = { apiVersion: 'v1', kind: 'Secret', data: { a: Buffer.from('x').toString('base64') } };
    const encode: Plan = { string: (text) => Buffer.from(`${Buffer.from(text, 'base64')}y`).toString('base64') };
    assert.deepEqual(rewriteObject(at('data', { others: encode }), secret), { data: { a: Buffer.from('xy').toString('base64') } });
  });

  it('goes into lists, of messages and of texts', () => {
    const plan: Plan = at('spec', { fields: { containers: { items: { fields: { name: shout, args: { items: shout } } } } } });
    const containers = [
      { name: 'a', args: ['x', 'y'] },
      { name: 'b', image: 'i' },
    ];
    const expected = [
      { name: 'A', args: ['X', 'Y'] },
      { name: 'B', image: 'i' },
    ];
    assert.deepEqual(rewriteObject(plan, pod({ spec: { containers } })), { spec: { containers: expected } });
  });

  it('goes into what stands in its parent in JSON', () => {
    const volumes = [{ name: 'v', configMap: { name: 'x' } }];
    const plan = at('spec.volumes', { items: at('configMap.name', shout) });
    assert.deepEqual(rewriteObject(plan, pod({ spec: { volumes } })), { spec: { volumes: [{ name: 'v', configMap: { name: 'X' } }] } });
  });

  it('renames keys of maps, and leaves entries out', () => {
    const key = (text: string) => (text.startsWith('drop') ? null : text.replace('old', 'new'));
    const plan = at('metadata.labels', { key, fields: { old: shout }, others: { string: 'add' } });
    const labels = { 'drop-a': '1', old: 'x', rest: 'y', 'drop-b': '2' };
    assert.deepEqual(rewriteObject(plan, pod({ metadata: { labels } })), { metadata: { labels: { new: 'X', rest: 'demo01-y' } } });
  });

  it('gives members that are not named to `others`', () => {
    const plan = at('metadata', { fields: { name: {} }, others: shout });
    const metadata = { name: 'a', namespace: 'b', generation: 1 };
    assert.deepEqual(rewriteObject(plan, pod({ metadata })), { metadata: { ...metadata, namespace: 'B' } });
  });

  it('leaves out texts, numbers, messages, lists and maps', () => {
    const drop: Plan = { drop: true };
    const plan = at('metadata', {
      fields: { name: drop, generation: drop, labels: drop, finalizers: drop, ownerReferences: { items: drop } },
    });
    const metadata = {
      name: 'a',
      generation: 3,
      labels: { a: 'b', c: 'd' },
      finalizers: ['x', 'y'],
      ownerReferences: [{ name: 'o' }],
      namespace: 'kept',
      deletionGracePeriodSeconds: 4,
    };
    const kept = { namespace: 'kept', deletionGracePeriodSeconds: 4 };
    assert.deepEqual(rewriteObject(plan, pod({ metadata })), { metadata: kept });
  });

  describe('captures', () => {
    const capture = (run: (json: string) => string | null, unlessHolding?: 'prefix'): Plan => ({
      capture: { run, ...(unlessHolding && { unlessHolding }) },
    });

    it('a message', () => {
      const plan = at('metadata.ownerReferences', {
        items: capture((json) => JSON.stringify({ ...fieldsOf(json), name: 'new', uid: undefined })),
      });
      const [reference] = (
        rewriteObject(plan, pod({ metadata: { ownerReferences: [{ kind: 'K', name: 'old', uid: 'u' }] } })).metadata as Json
      ).ownerReferences as Json[];
      assert.deepEqual({ ...reference }, { kind: 'K', name: 'new' });
    });

    it('a whole list, and a whole map, once', () => {
      const seen: string[] = [];
      const plan = at('metadata', {
        fields: {
          finalizers: capture((json) => {
            seen.push(json);
            return JSON.stringify((JSON.parse(json) as string[]).toReversed());
          }),
          labels: capture((json) => JSON.stringify({ ...fieldsOf(json), more: '1' })),
        },
      });
      const metadata = { finalizers: ['a', 'b'], labels: { x: 'y', z: 'w' } };
      assert.deepEqual(rewriteObject(plan, pod({ metadata })), {
        metadata: { finalizers: ['b', 'a'], labels: { x: 'y', z: 'w', more: '1' } },
      });
      assert.deepEqual(seen, ['["a","b"]']);
    });

    it('and leaves out what becomes null', () => {
      const plan = at('metadata', { fields: { labels: capture(() => null), ownerReferences: { items: capture(() => null) } } });
      const metadata = { name: 'a', labels: { x: 'y', z: 'w' }, ownerReferences: [{ name: 'o' }, { name: 'p' }] };
      assert.deepEqual(rewriteObject(plan, pod({ metadata })), { metadata: { name: 'a' } });
    });

    it('only what holds the prefix, where the hook asks for no more', () => {
      const plan = at('metadata.ownerReferences', { items: capture(() => '{"name":"changed"}', 'prefix') });
      const metadata = { ownerReferences: [{ name: 'plain' }, { name: 'demo01-x' }] };
      assert.deepEqual(rewriteObject(plan, pod({ metadata })), { metadata: { ownerReferences: [{ name: 'plain' }, { name: 'changed' }] } });
    });

    it('keep every byte that the hook did not change, and what no schema knows', () => {
      const unknown = (writer: WireWriter) => writer.text(9_999, 'from a newer server');
      const inner = new WireWriter();
      inner.text(1, 'key');
      unknown(inner);
      // Two spellings of a length, of which nobody writes the longer one: to be kept all the same.
      const odd = Buffer.from([0x22, 0x81, 0x00, 0x78]);
      const subject = Buffer.concat([Buffer.from([0x0a, 0x01, 0x4b]), odd]);
      const raw = messageWith('rbac.authorization.k8s.io/v1', 'RoleBinding', {}, (writer) => {
        const withUnknown = new WireWriter();
        withUnknown.raw(subject);
        withUnknown.text(3, 'old');
        unknown(withUnknown);
        writer.bytes(2, withUnknown.finish());
        unknown(writer);
      });
      const plan = at('subjects', { items: capture((json) => JSON.stringify({ ...fieldsOf(json), name: 'new' })) });
      const before = writeEnvelope('rbac.authorization.k8s.io/v1', 'RoleBinding', raw);
      const after = rewriteProtobuf(plan, contextOf(), before);
      assert.equal(after.toString('latin1'), before.toString('latin1').replace('old', 'new'));
    });

    it('look at the sum of a field that stands twice, and write that alone', () => {
      const writer = new WireWriter();
      writer.message(3, (roleRef) => roleRef.text(2, 'ClusterRole'));
      const once = writer.finish();
      const twice = messageWith('rbac.authorization.k8s.io/v1', 'RoleBinding', {}, (message) => {
        message.message(2, (subject) => {
          subject.text(3, 'first');
          subject.text(3, 'second');
        });
        message.raw(once);
      });
      const seen: string[] = [];
      const plan = at('subjects', {
        items: capture((json) => {
          seen.push(json);
          return JSON.stringify({ ...fieldsOf(json), kind: 'User' });
        }),
      });
      const after = rewriteProtobuf(plan, contextOf(), writeEnvelope('rbac.authorization.k8s.io/v1', 'RoleBinding', twice));
      assert.deepEqual(seen, ['{"name":"second"}']);
      assert.ok(!after.includes('first'));
    });
  });

  it('chooses by a kind that comes late, and by the last of two', () => {
    const plan = at('involvedObject', {
      fields: { namespace: shout },
      byKind: { Node: { fields: { name: shout, namespace: { drop: true } } } },
    });
    const event = (involvedObject: Json) => ({ apiVersion: 'v1', kind: 'Event', involvedObject });
    const node = { name: 'n', namespace: 'd', kind: 'Node' };
    assert.deepEqual(rewriteObject(plan, event(node)), { involvedObject: { kind: 'Node', name: 'N' } });
    assert.deepEqual(rewriteObject(plan, event({ ...node, kind: 'Pod' })), { involvedObject: { kind: 'Pod', name: 'n', namespace: 'D' } });
    const raw = messageWith('v1', 'Event', {}, (writer) => {
      writer.message(2, (reference) => {
        reference.text(1, 'Pod');
        reference.text(3, 'n');
        reference.text(1, 'Node');
      });
    });
    assert.ok(rewriteProtobuf(plan, contextOf(), writeEnvelope('v1', 'Event', raw)).includes('\x1a\x01N'));
  });

  it('goes on in JSON inside of an object', () => {
    const revision = { apiVersion: 'apps/v1', kind: 'ControllerRevision', data: { spec: { name: 'x' } }, revision: 1 };
    assert.deepEqual(rewriteObject(at('data.spec.name', shout), revision), { data: { spec: { name: 'X' } }, revision: 1 });
  });

  it('leaves what it does not know byte for byte, at every depth', () => {
    const odd = Buffer.from([0xfd, 0xff, 0x03, 1, 2, 3, 4, 0x82, 0x80, 0x04, 0x02, 0xff, 0x00, 0xa1, 0x80, 0x04, 1, 2, 3, 4, 5, 6, 7, 8]);
    const raw = messageWith('v1', 'Pod', {}, (writer) => {
      writer.message(1, (metadata) => {
        metadata.raw(odd);
        metadata.text(3, 'demo01-web');
        metadata.raw(odd);
      });
      writer.raw(odd);
    });
    const before = writeEnvelope('v1', 'Pod', raw);
    const after = rewriteProtobuf(at('metadata.namespace', { string: 'strip' }), contextOf(), before);
    const expected = messageWith('v1', 'Pod', {}, (writer) => {
      writer.message(1, (metadata) => {
        metadata.raw(odd);
        metadata.text(3, 'web');
        metadata.raw(odd);
      });
      writer.raw(odd);
    });
    assert.deepEqual(after, writeEnvelope('v1', 'Pod', expected));
  });

  it('does not copy what it need not change', () => {
    const body = toProtobuf(pod({ metadata: { name: 'a' } }));
    assert.deepEqual(rewriteProtobuf(at('metadata.namespace', shout), contextOf(), body), body);
    assert.deepEqual(rewriteProtobuf({}, contextOf(), body), body);
  });

  it('is not deceived by tags that Go would cut to 32 bits', () => {
    // Field 3 of ObjectMeta, with bit 35 set: to Go it is field 3 again.
    const namespace = Buffer.from([0x9a, 0x80, 0x80, 0x80, 0x80, 0x01, 0x01, 0x78]);
    const raw = messageWith('v1', 'Pod', {}, (writer) => writer.message(1, (metadata) => metadata.raw(namespace)));
    const body = writeEnvelope('v1', 'Pod', raw);
    assert.throws(() => rewriteProtobuf(at('metadata.namespace', { string: 'add' }), contextOf(), body), MalformedMessageError);
  });
});
