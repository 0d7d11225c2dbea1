import assert from 'node:assert/strict';
import type { Form } from '../../../src/collections/form.ts';
import { createPageReader } from '../../../src/collections/read/create-page-reader.ts';
import { addedFrame, bookmarkFrame, errorFrame, type FrameKind } from '../../../src/collections/watch/made-frames.ts';
import { createEventReader, withColumns } from '../../../src/collections/watch/read-events.ts';
import { KubeError } from '../../../src/errors.ts';
import { readFrames } from '../../helpers/protobuf-text.ts';
import { FORMS } from './support/event-frames.ts';
import { encodeList, kindOf, PODS, WIDGETS } from './support/fake-kinds.ts';

const PODS_KIND: FrameKind = { kind: 'Pod', apiVersion: 'v1', isTold: false };
const PARTIAL_KIND: FrameKind = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', isTold: true };
const METADATA = { name: 'a', namespace: 'web', resourceVersion: '7' };
const PARTIAL = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: METADATA };
const ACCEPT = { object: '', partial: ';as=PartialObjectMetadataList', table: ';as=Table' };

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test
function decode({ isProtobuf }: Form, frame: Buffer): { type: string; object: any } {
  if (!isProtobuf) {
    const text = frame.toString();
    assert.equal(text.indexOf('\n'), text.length - 1, 'one line');
    return JSON.parse(text);
  }
  const { frames, rest } = readFrames(frame);
  assert.deepEqual([frames.length, rest.length], [1, 0]);
  return frames[0]!;
}

function itemOf(form: Form, collection = PODS): Buffer {
  const accept = (form.isProtobuf ? 'protobuf' : 'json') + ACCEPT[form.shape];
  const object = { metadata: METADATA, spec: { nodeName: 'n' } };
  const [item] = createPageReader(form).write(encodeList(accept, kindOf(collection), { resourceVersion: '9' }, [object]));
  return item!;
}

describe('addedFrame', () => {
  it('tells an item as upstream tells an object that is there', () => {
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: METADATA, spec: { nodeName: 'n' } };
    const expected = {
      json: pod,
      protobuf: pod,
      partial: PARTIAL,
      partialProtobuf: PARTIAL,
      table: {
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion: '7' },
        columnDefinitions: null,
        rows: [{ cells: ['a'], object: PARTIAL }],
      },
    };
    for (const [name, form] of Object.entries(FORMS)) {
      const kind = form.shape === 'partial' ? PARTIAL_KIND : PODS_KIND;
      const frame = addedFrame(form, kind, itemOf(form));
      assert.deepEqual(decode(form, frame), { type: 'ADDED', object: expected[name as keyof typeof expected] }, name);
      const [event] = createEventReader(form).write(frame);
      assert.deepEqual([event!.type, event!.meta.name, event!.meta.resourceVersion], ['ADDED', 'a', '7'], name);
    }
  });

  it('begins an object in JSON with its kind, as the plans want it', () => {
    for (const form of [FORMS.json, FORMS.table]) {
      assert.match(addedFrame(form, PODS_KIND, itemOf(form)).toString(), /^\{"type":"ADDED","object":\{"kind":"(Pod|Table)","apiVersion":/);
    }
  });

  it('leaves to custom resources what they say of themselves', () => {
    const frame = addedFrame(FORMS.json, { kind: '*', apiVersion: 'shop.example.com/v1', isTold: true }, itemOf(FORMS.json, WIDGETS));
    const { object } = decode(FORMS.json, frame);
    assert.deepEqual([object.kind, object.apiVersion, object.metadata], ['Widget', 'shop.example.com/v1', METADATA]);
  });

  it('of a Table takes columns', () => {
    const columns = '[{"name":"Name"}]';
    const frame = withColumns(addedFrame(FORMS.table, PODS_KIND, itemOf(FORMS.table)), columns);
    const { object } = decode(FORMS.table, frame);
    assert.deepEqual([object.columnDefinitions, object.rows[0].cells], [JSON.parse(columns), ['a']]);
  });
});

describe('bookmarkFrame', () => {
  for (const isInitialEnd of [false, true]) {
    it(`is what upstream's is: ${isInitialEnd ? 'at the end of what was there' : 'at a revision'}`, () => {
      const metadata = { resourceVersion: '12', ...(isInitialEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }) };
      for (const [name, form] of Object.entries(FORMS)) {
        const kind = form.shape === 'partial' ? PARTIAL_KIND : PODS_KIND;
        const frame = bookmarkFrame(form, kind, '12', isInitialEnd);
        const { type, object } = decode(form, frame);
        assert.equal(type, 'BOOKMARK');
        const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
        if (form.shape === 'table') {
          assert.deepEqual(
            [object.kind, object.metadata, object.rows],
            ['Table', { resourceVersion: '12' }, [{ cells: [], object: partial }]],
          );
        } else assert.deepEqual(object, form.shape === 'partial' ? partial : { kind: 'Pod', apiVersion: 'v1', metadata }, name);
        const [event] = createEventReader(form).write(frame);
        assert.deepEqual(
          [event!.type, event!.meta.resourceVersion, event!.meta.annotations],
          ['BOOKMARK', '12', metadata.annotations ?? {}],
        );
      }
    });
  }
});

describe('errorFrame', () => {
  it('is a Status in every form', () => {
    const status = new KubeError('Timeout', 'Too large resource version', {
      causes: [{ reason: 'x', message: 'y' }],
      retryAfterSeconds: 1,
    }).status();
    for (const [name, form] of Object.entries(FORMS)) {
      const { type, object } = decode(form, errorFrame(form, status));
      assert.equal(type, 'ERROR');
      assert.deepEqual([object.kind, object.reason, object.code, object.details], ['Status', 'Timeout', 504, status.details], name);
    }
  });
});
