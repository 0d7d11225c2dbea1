import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Form } from '../../../src/collections/form.ts';
import { createEventReader, type UpstreamEvent, withColumns, withType } from '../../../src/collections/watch/read-events.ts';
import { readFrames } from '../../helpers/protobuf-text.ts';
import { chunksOf, lengthsOfChunks } from './support/chunks.ts';
import { FORMS, frameOf } from './support/event-frames.ts';

const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];
const COLUMNS = [{ name: 'Name', type: 'string', format: '', description: 'a ,"rows":[ and a "columnDefinitions":', priority: 0 }];
const text = fc.oneof(
  fc.string({ maxLength: 8, unit: 'binary' }),
  fc.constantFrom('\n', '\r\n', '"rows":[', ',"rows":[', '"columnDefinitions":null', '{"type":"ADDED"', '💥'),
);
const name = text.filter((value) => value !== '');
const labels = fc.dictionary(fc.constantFrom('a', 'b/c'), name, { minKeys: 1, noNullPrototype: true });
const metadata = fc.tuple(name, name, fc.integer({ min: 1 }), labels).map(([name, namespace, revision, labels]) => ({
  name,
  namespace,
  resourceVersion: String(revision),
  labels,
  annotations: labels,
}));

type Meta = typeof metadata extends fc.Arbitrary<infer T> ? T : never;

function objectOf({ shape, isProtobuf }: Form, meta: Meta, index: number): object {
  const pod = { kind: 'Pod', apiVersion: 'v1', metadata: meta };
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: meta };
  if (shape === 'partial') return partial;
  if (isProtobuf || shape === 'object') return pod;
  const columnDefinitions = index === 0 ? COLUMNS : null;
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, columnDefinitions, rows: [{ cells: [meta.name], object: partial }] };
}

function read(form: Form, bytes: Buffer, lengths: readonly number[] = [1 << 20]): UpstreamEvent[] {
  const reader = createEventReader(form);
  return [...chunksOf(bytes, lengths)].flatMap((chunk) => reader.write(chunk));
}

describe('createEventReader', () => {
  for (const [form, options] of Object.entries(FORMS)) {
    it(`reads events for any chunking: ${form}`, () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.constantFrom(...TYPES), metadata), { maxLength: 6 }), lengthsOfChunks, (events, lengths) => {
          const frames = events.map(([type, meta], index) => frameOf(options, type, objectOf(options, meta, index)));
          const seen = read(options, Buffer.concat(frames), lengths);
          assert.deepEqual(
            seen.map(({ type, meta }) => [type, meta]),
            events.map(([type, meta]) => [type, meta]),
          );
          if (form !== 'table') {
            assert.deepEqual(
              seen.map(({ bytes }) => bytes),
              frames,
            );
            return;
          }
          assert.deepEqual(
            seen.map(({ columns }) => columns && JSON.parse(columns)),
            events.map((_, index) => (index === 0 ? COLUMNS : undefined)),
          );
          for (const [index, { bytes }] of seen.entries()) {
            const whole = JSON.parse(frames[index]!.toString());
            assert.deepEqual(JSON.parse(bytes.toString()), { ...whole, object: { ...whole.object, columnDefinitions: null } });
            const again = withColumns(bytes, JSON.stringify(COLUMNS));
            assert.deepEqual(JSON.parse(again.toString()), { ...whole, object: { ...whole.object, columnDefinitions: COLUMNS } });
          }
        }),
        { numRuns: 150 },
      );
    });

    it(`reads a bookmark, and an ERROR of which nothing but that is known: ${form}`, () => {
      const nothing = { name: '', namespace: '', resourceVersion: '', labels: {}, annotations: {} };
      const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'too old', code: 410 };
      const error = frameOf(options, 'ERROR', status);
      const [event] = read(options, error, [3]);
      assert.deepEqual([event!.type, event!.meta, event!.bytes, event!.columns], ['ERROR', nothing, error, undefined]);
      const bookmark = { ...nothing, resourceVersion: '7' };
      const [seen] = read(options, frameOf(options, 'BOOKMARK', objectOf(options, { resourceVersion: '7' } as Meta, 1)));
      assert.deepEqual([seen!.type, seen!.meta], ['BOOKMARK', bookmark]);
    });
  }

  it('says nothing of an event that is not whole', () => {
    for (const form of Object.values(FORMS)) {
      const frame = frameOf(form, 'ADDED', objectOf(form, { name: 'a', resourceVersion: '1' } as Meta, 0));
      for (let length = 0; length < frame.length; length++) assert.deepEqual(read(form, frame.subarray(0, length)), []);
      assert.equal(read(form, frame).length, 1);
    }
  });

  it('passes over empty lines', () => {
    assert.equal(read(FORMS.json, Buffer.from('\n\n{"type":"ADDED","object":{}}\n\n')).length, 1);
  });

  it('keeps no more of a chunk than the event', () => {
    const line = frameOf(FORMS.json, 'ADDED', {});
    const [event] = createEventReader(FORMS.json).write(Buffer.concat([line, Buffer.alloc(1 << 20, 0x20)]));
    assert.ok(event!.bytes.buffer.byteLength < 100_000);
    const [frame] = createEventReader(FORMS.protobuf).write(
      Buffer.concat([frameOf(FORMS.protobuf, 'ADDED', { kind: 'Pod', apiVersion: 'v1' }), Buffer.alloc(2)]),
    );
    assert.equal(frame!.type, 'ADDED');
  });

  it('is an error for what is no event, or too large', () => {
    assert.throws(() => read(FORMS.json, Buffer.from('<html>\n')));
    assert.throws(() => read(FORMS.table, Buffer.from('<html>\n')));
    const reader = createEventReader(FORMS.json);
    assert.throws(() => {
      for (let count = 0; count < 17; count++) reader.write(Buffer.alloc(1 << 20, 0x20));
    }, /too large/);
    assert.throws(() => read(FORMS.protobuf, Buffer.from([0x7f, 0xff, 0xff, 0xff, 0])));
    assert.throws(() => read(FORMS.protobuf, Buffer.from([0, 0, 0, 2, 0xff, 0xff])));
  });
});

describe('withType', () => {
  it('calls the same event otherwise', () => {
    for (const form of Object.values(FORMS)) {
      const object = objectOf(form, { name: '{"type":"MODIFIED"', namespace: 'é', resourceVersion: '3' } as Meta, 1);
      const frame = frameOf(form, 'MODIFIED', object);
      for (const shown of ['ADDED', 'DELETED']) {
        assert.deepEqual(withType(form, frame, 'MODIFIED', shown), frameOf(form, shown, object));
        const [event] = read(form, withType(form, frame, 'MODIFIED', shown));
        assert.deepEqual([event!.type, event!.meta.resourceVersion], [shown, '3']);
      }
      if (form.isProtobuf) assert.deepEqual(readFrames(withType(form, frame, 'MODIFIED', 'ADDED')).frames[0]!.type, 'ADDED');
    }
  });
});
