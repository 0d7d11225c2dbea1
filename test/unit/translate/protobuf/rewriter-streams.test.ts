import assert from 'node:assert/strict';
import fc from 'fast-check';
import { responseTree, watchTree } from '../../../../src/translate/compile.ts';
import { CaptureLimitError, ForeignObjectError } from '../../../../src/translate/engine/json-errors.ts';
import { writeEnvelope } from '../../../../src/translate/protobuf/envelope.ts';
import { paddingOf } from '../../../../src/translate/protobuf/padding.ts';
import { MalformedMessageError, type ProtobufOptions, ProtobufRewriter } from '../../../../src/translate/protobuf/protobuf-rewriter.ts';
import { WireWriter } from '../../../../src/translate/protobuf/wire-writer.ts';
import { protobufToJson, readFrames, readProtobuf, toFrame, toProtobuf } from '../../../helpers/protobuf-text.ts';
import { rowOf } from '../both-ways.ts';
import { contextOf, type Json, messageWith, runChunks } from './run-protobuf.ts';

const pods = rowOf('pods');
const PADDED: ProtobufOptions = { exactUpTo: 0 };
const WHOLE = [1 << 20];

function pod(name: string, tenant = 'demo01'): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: `${tenant}-web`, labels: { app: 'x' } }, spec: { nodeName: 'n' } };
}

function listOf(items: readonly Json[], metadata: Json = { resourceVersion: '7' }): Buffer {
  return toProtobuf({ apiVersion: 'v1', kind: 'PodList', metadata, items });
}

function namesIn(body: Buffer): string[] {
  return (readProtobuf(body).items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
}

const mixed = listOf([pod('a'), pod('b', 'demo02'), pod('c'), pod('d', 'demo03')], {
  resourceVersion: '7',
  remainingItemCount: 5,
  continue: 'x',
});
const own = listOf([pod('a'), pod('b'), pod('c')]);
const filtered = responseTree(pods, undefined, { filtered: true });
const unfiltered = responseTree(pods);
const events = Buffer.concat([
  toFrame('ADDED', pod('a')),
  toFrame('ADDED', pod('b', 'demo02')),
  toFrame('BOOKMARK', { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: '9' } }),
  toFrame('MODIFIED', pod('c')),
  toFrame('ERROR', { apiVersion: 'v1', kind: 'Status', message: 'pods "x" in "demo01-web"', code: 410 }),
]);

describe('ProtobufRewriter: lists', () => {
  it('keep the tenant’s own objects, and tell their exact length', () => {
    const output = runChunks(filtered, contextOf('drop'), mixed, WHOLE);
    assert.deepEqual(namesIn(output), ['a', 'c']);
    assert.deepEqual(readProtobuf(output).metadata, { resourceVersion: '7' });
    assert.ok(!output.includes('demo0'));
    const expected = listOf([pod('a'), pod('c')])
      .toString('latin1')
      .replaceAll('\x0ademo01-web', '\x03web').length;
    assert.equal(output.length, expected);
  });

  it('are cut where somebody else’s object is not to be expected', () => {
    assert.throws(() => runChunks(unfiltered, contextOf('cut'), mixed, WHOLE), ForeignObjectError);
  });

  it('are cut before anything of a foreign object leaves', () => {
    const rewriter = new ProtobufRewriter(unfiltered, contextOf('cut'), PADDED);
    const output: Uint8Array[] = [];
    assert.throws(() => {
      for (const byte of mixed) output.push(rewriter.write(Buffer.from([byte])));
    }, ForeignObjectError);
    assert.ok(!Buffer.concat(output).includes('demo02'));
    assert.throws(() => rewriter.end(), ForeignObjectError);
  });

  it('of which the length is told beforehand are filled up to it', () => {
    const output = runChunks(unfiltered, contextOf(), own, WHOLE, PADDED);
    assert.deepEqual(namesIn(output), ['a', 'b', 'c']);
    assert.ok(!output.includes('demo01-'));
    const exact = runChunks(unfiltered, contextOf(), own, WHOLE);
    assert.equal(protobufToJson(output), protobufToJson(exact));
    assert.ok(exact.length < own.length && output.length > own.length);
  });

  it('leave as they come', () => {
    const rewriter = new ProtobufRewriter(unfiltered, contextOf(), PADDED);
    const half = own.indexOf('demo01-web', own.indexOf('demo01-web') + 1);
    const first = Buffer.from(rewriter.write(own.subarray(0, half)));
    assert.ok(first.includes('web'), 'the first object has left before the second is whole');
  });

  it('are held no further than the limit', () => {
    assert.throws(() => runChunks(filtered, contextOf('drop'), mixed, WHOLE, { maxHeld: 20 }), CaptureLimitError);
  });

  it('may have no items', () => {
    for (const options of [{}, PADDED])
      assert.deepEqual(readProtobuf(runChunks(unfiltered, contextOf(), listOf([]), [3], options)).items, undefined);
  });
});

describe('ProtobufRewriter: single objects', () => {
  it('must be the tenant’s', () => {
    const { metadata } = readProtobuf(runChunks(unfiltered, contextOf(), toProtobuf(pod('a')), WHOLE)) as { metadata: Json };
    assert.equal(metadata.namespace, 'web');
    assert.throws(() => runChunks(unfiltered, contextOf(), toProtobuf(pod('a', 'demo02')), WHOLE), ForeignObjectError);
    assert.throws(
      () => runChunks(unfiltered, contextOf(), toProtobuf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }), WHOLE),
      ForeignObjectError,
    );
  });

  it('of another kind are nobody’s', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'demo01-web' } };
    assert.throws(() => runChunks(unfiltered, contextOf(), toProtobuf(secret), WHOLE), ForeignObjectError);
    assert.throws(
      () => runChunks(unfiltered, contextOf(), writeEnvelope('acme.io/v1', 'Widget', Buffer.alloc(0)), WHOLE),
      ForeignObjectError,
    );
  });

  it('may be a Status', () => {
    const status = {
      apiVersion: 'v1',
      kind: 'Status',
      message: 'namespaces "demo01-x" not found',
      details: { name: 'demo01-x', kind: 'namespaces' },
    };
    const shown = readProtobuf(runChunks(responseTree(rowOf('namespaces')), contextOf(), toProtobuf(status), WHOLE));
    assert.equal(shown.message, 'namespaces "x" not found');
    assert.deepEqual(shown.details, { name: 'x', kind: 'namespaces' });
  });

  it('may be metadata, and lists of it', () => {
    const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: { name: 'a', namespace: 'demo01-web' } };
    assert.deepEqual(readProtobuf(runChunks(unfiltered, contextOf(), toProtobuf(partial), WHOLE)).metadata, {
      name: 'a',
      namespace: 'web',
    });
    const list = {
      apiVersion: 'meta.k8s.io/v1',
      kind: 'PartialObjectMetadataList',
      items: [{ metadata: { namespace: 'demo02-x' } }, { metadata: { namespace: 'demo01-x' } }],
    };
    assert.deepEqual(readProtobuf(runChunks(filtered, contextOf('drop'), toProtobuf(list), WHOLE)).items, [
      { metadata: { namespace: 'x' } },
    ]);
  });
});

describe('ProtobufRewriter: watches', () => {
  const watch = watchTree(pods);

  it('leave other tenants’ events out', () => {
    const { frames, rest } = readFrames(runChunks(watch, contextOf('drop'), events, WHOLE, { form: 'frames' }));
    assert.equal(rest.length, 0);
    assert.deepEqual(
      frames.map(({ type }) => type),
      ['ADDED', 'BOOKMARK', 'MODIFIED', 'ERROR'],
    );
    assert.equal((frames[2]!.object.metadata as Json).namespace, 'web');
    assert.equal(frames[3]!.object.message, 'pods "x" in "web"');
  });

  it('give out an event as soon as it is whole', () => {
    const rewriter = new ProtobufRewriter(watch, contextOf('drop'), { form: 'frames' });
    const frame = toFrame('ADDED', pod('a'));
    assert.equal(rewriter.write(frame.subarray(0, -1)).length, 0);
    assert.ok(rewriter.write(frame.subarray(-1)).length > 0);
  });

  it('show no event of a kind that was not asked for', () => {
    const foreign = toFrame('ADDED', { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'demo01-web' } });
    assert.equal(runChunks(watch, contextOf('drop'), foreign, WHOLE, { form: 'frames' }).length, 0);
  });
});

describe('ProtobufRewriter: chunks', function () {
  this.timeout(120_000);
  const inputs: [string, () => [typeof filtered, ReturnType<typeof contextOf>, Buffer, ProtobufOptions]][] = [
    ['a filtered list', () => [filtered, contextOf('drop'), mixed, {}]],
    ['a list that is held', () => [unfiltered, contextOf(), own, {}]],
    ['a list that is filled up', () => [unfiltered, contextOf(), own, PADDED]],
    ['an object', () => [unfiltered, contextOf(), toProtobuf(pod('a')), {}]],
    ['a watch', () => [watchTree(pods), contextOf('drop'), events, { form: 'frames' }]],
  ];
  for (const [title, make] of inputs) {
    it(`${title}: any chunking gives the same bytes`, () => {
      const [plan, context, input, options] = make();
      const expected = runChunks(plan, context, input, WHOLE, options);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 }), (lengths) => {
          assert.deepEqual(runChunks(plan, context, input, lengths, options), expected);
        }),
        { numRuns: 60 },
      );
    });

    it(`${title}: what is cut short is an error, wherever`, () => {
      const [plan, context, input, options] = make();
      // Between two frames a watch may end; behind an object's bytes the rest of the envelope may be missing.
      const ends = new Set<number>();
      if (options.form === 'frames') for (let at = 0; at < input.length; at += 4 + input.readUInt32BE(at)) ends.add(at);
      else for (const tail of [2, 4]) ends.add(input.length - tail);
      for (let length = 0; length < input.length; length++) {
        if (ends.has(length)) continue;
        assert.throws(() => runChunks(plan, context, input.subarray(0, length), [100], options), MalformedMessageError, `after ${length}`);
      }
    });
  }
});

describe('ProtobufRewriter: bad input', function () {
  this.timeout(120_000);
  const run = (body: Buffer, options?: ProtobufOptions) => runChunks(unfiltered, contextOf(), body, WHOLE, options);

  it('is an error that is known, or a document still', () => {
    const known = new Set(['MalformedMessageError', 'ForeignObjectError', 'CaptureLimitError']);
    fc.assert(
      fc.property(fc.nat(own.length - 1), fc.nat(255), fc.boolean(), (at, byte, isPadded) => {
        const body = Buffer.from(own);
        body[at] = byte;
        try {
          readProtobuf(run(body, isPadded ? PADDED : {}));
        } catch (error) {
          const { name, message } = error as Error;
          assert.ok(known.has(name) || /kind that has no message type|no message type for/.test(message), `${name}: ${message}`);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('has limits: of size', () => {
    assert.throws(() => run(own, { maxObject: 20 }), CaptureLimitError);
    assert.throws(() => run(toProtobuf(pod('a')), { maxObject: 40 }), CaptureLimitError);
    assert.throws(
      () => runChunks(watchTree(pods), contextOf('drop'), Buffer.from([0x7f, 0xff, 0xff, 0xff, 0]), WHOLE, { form: 'frames' }),
      CaptureLimitError,
    );
    assert.throws(
      () => run(Buffer.concat([Buffer.from('k8s\0\x0a\xff\xff\xff\x7f', 'latin1'), Buffer.alloc(5000)])),
      MalformedMessageError,
    );
  });

  it('has limits: of depth', () => {
    let inner: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth < 5_000; depth++) {
      const writer = new WireWriter();
      writer.bytes(1, inner);
      inner = writer.finish();
    }
    assert.throws(
      () => run(writeEnvelope('v1', 'Pod', inner)),
      (error: Error) => ['MalformedMessageError', 'ForeignObjectError'].includes(error.name),
    );
    const groups = messageWith('v1', 'Pod', {}, (writer) => writer.message(1, (metadata) => metadata.raw(Buffer.alloc(5_000, 0xfb))));
    assert.throws(() => run(writeEnvelope('v1', 'Pod', groups)), MalformedMessageError);
  });

  it('is an envelope with two objects, two kinds, or an encoding', () => {
    const more = (write: (writer: WireWriter) => void) => {
      const writer = new WireWriter();
      writer.raw(toProtobuf(pod('a')));
      write(writer);
      return writer.finish();
    };
    assert.throws(() => run(more((writer) => writer.bytes(2, Buffer.alloc(0)))), /two objects/);
    assert.throws(() => run(more((writer) => writer.message(1, (typeMeta) => typeMeta.text(2, 'Secret')))), /two objects/);
    assert.throws(() => run(more((writer) => writer.text(3, 'gzip'))), /encoding/);
    const twice = new WireWriter();
    twice.raw(Buffer.from('k8s\0'));
    for (const kind of ['Secret', 'Pod']) twice.message(1, (typeMeta) => typeMeta.text(2, kind));
    twice.bytes(2, Buffer.alloc(0));
    assert.throws(() => run(twice.finish()), /two kinds/);
  });
});

describe('paddingOf', () => {
  it('takes exactly the bytes that it was given', () => {
    for (const size of [
      4, 5, 100, 130, 131, 132, 133, 134, 16_380, 16_386, 16_387, 16_388, 16_389, 16_390, 2_097_150, 2_097_156, 2_097_157, 2_097_160,
    ]) {
      const bytes = paddingOf(size);
      assert.equal(bytes.length, size);
      assert.equal(protobufToJson(writeEnvelope('v1', 'PodList', bytes)), '{"kind":"PodList","apiVersion":"v1"}');
    }
    assert.throws(() => paddingOf(3));
  });
});
