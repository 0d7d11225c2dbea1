import assert from 'node:assert/strict';
import { compilePlan, ForeignObjectError, JsonRewriter, rewriteJson } from '../../../src/translate/engine/json-rewriter.ts';
import type { Plan } from '../../../src/translate/engine/plan.ts';
import { CUTTING, DROPPING } from './arbitraries.ts';
import { runChunks } from './run-chunks.ts';

const owned: Plan = { fields: { metadata: { fields: { namespace: { string: 'own' } } } } };
const item: Plan = { ...owned, unit: { unowned: 'foreign' } };
const list = compilePlan({ fields: { items: { items: item } } });

const event: Plan = {
  unit: { unowned: 'keep' },
  fields: {
    object: { byKind: { Table: { fields: { rows: { items: { unit: { unowned: 'foreign' }, fields: { object: owned } } } } } }, ...owned },
  },
};
const events = compilePlan(event);
const many = { documents: 'many' } as const;

function objectIn(namespace: string, rest = ''): string {
  return `{"kind":"Pod","metadata":{"name":"x","namespace":"${namespace}"${rest}}}`;
}

describe('JSON rewriter: units', () => {
  it('leaves out what is not the tenant’s, in any chunking', () => {
    const text = `{"items":[${objectIn('demo02-a', ',"x":[{"namespace":"demo01-x"}]')},${objectIn('demo01-a')},\n${objectIn('demo02-b')}, ${objectIn('demo01-b')},${objectIn('demo02-c')}]}`;
    const expected = `{"items":[${objectIn('a')}, ${objectIn('b')}]}`;
    for (const lengths of [[text.length], [1], [2], [7], [50]])
      assert.equal(runChunks(list, DROPPING, Buffer.from(text), lengths).toString(), expected);
  });

  it('emits nothing of a foreign object before it knows, nor after', () => {
    const rewriter = new JsonRewriter(list, DROPPING);
    const text = `{"items":[${objectIn('demo02-secret', ',"data":"hunter2"')},`;
    let output = '';
    for (const byte of Buffer.from(text)) output += Buffer.from(rewriter.write(Buffer.of(byte))).toString();
    assert.equal(output, '{"items":[');
  });

  it('streams on as soon as the owner is known', () => {
    const rewriter = new JsonRewriter(list, DROPPING);
    const written = (text: string) => Buffer.from(rewriter.write(Buffer.from(text))).toString();
    assert.equal(written('{"items":[{"metadata":{"namespace":'), '{"items":[');
    assert.equal(written('"demo01-a"'), '{"metadata":{"namespace":"a"');
    assert.equal(written(',"uid":"1'), ',"uid":"1');
  });

  it('cuts the stream where nothing foreign was to be expected, and says nothing about it', () => {
    const text = `{"items":[${objectIn('demo01-a')},${objectIn('demo02-secret')}]}`;
    for (const lengths of [[text.length], [1], [13]]) {
      assert.throws(
        () => runChunks(list, CUTTING, Buffer.from(text), lengths),
        (error: unknown) => error instanceof ForeignObjectError && !/demo|secret/.test(error.message),
      );
    }
    const rewriter = new JsonRewriter(list, CUTTING);
    const first = Buffer.from(rewriter.write(Buffer.from(text.slice(0, text.indexOf('demo02'))))).toString();
    assert.ok(first.endsWith(`${objectIn('a')}`), first);
    assert.throws(() => rewriter.write(Buffer.from('demo02-secret"}}]}')), ForeignObjectError);
    assert.throws(() => rewriter.write(Buffer.from(' ')), ForeignObjectError);
    assert.throws(() => rewriter.end(), ForeignObjectError);
  });

  it('decides about units without an owner as the plan says', () => {
    const text = '{"items":[{"a":1},{"metadata":{"namespace":""}},{"metadata":{"namespace":5}},3]}';
    const keep = compilePlan({ fields: { items: { items: { ...item, unit: { unowned: 'keep' } } } } });
    assert.equal(rewriteJson(keep, DROPPING, text).toString(), text);
    assert.equal(rewriteJson(list, DROPPING, text).toString(), '{"items":[]}');
    assert.throws(() => rewriteJson(list, CUTTING, text), ForeignObjectError);
  });

  it('throws where a foreign name comes too late, or stands in no unit', () => {
    assert.throws(
      () => rewriteJson(list, DROPPING, '{"items":[{"metadata":{"namespace":"demo01-a","namespace":"demo02-a"}}]}'),
      ForeignObjectError,
    );
    assert.throws(() => rewriteJson(compilePlan(owned), DROPPING, objectIn('demo02-a')), ForeignObjectError);
    assert.equal(rewriteJson(compilePlan(owned), DROPPING, objectIn('demo01-a')).toString(), objectIn('a'));
  });

  it('does not take a tenant’s id without its dash, or longer, for the tenant', () => {
    const text = `{"items":[${['demo01', 'demo012x', 'demo01-', 'demo0', 'Demo01-a'].map((namespace) => objectIn(namespace)).join(',')}]}`;
    assert.equal(rewriteJson(list, DROPPING, text).toString(), '{"items":[]}');
  });

  it('drops strings that are units themselves', () => {
    const names = compilePlan({ items: { unit: { unowned: 'foreign' }, string: 'own' } });
    assert.equal(rewriteJson(names, DROPPING, '["demo02-a", "demo01-b","demo02-c","demo01-d"]').toString(), '[ "b","d"]');
  });

  it('drops a watch event with its line feed', () => {
    const line = (type: string, object: string) => `{"type":"${type}","object":${object}}\n`;
    const text =
      line('ADDED', objectIn('demo02-a')) +
      line('ADDED', objectIn('demo01-a')) +
      line('DELETED', objectIn('demo02-b')) +
      line('BOOKMARK', '{"kind":"Pod","metadata":{}}');
    const expected = line('ADDED', objectIn('a')) + line('BOOKMARK', '{"kind":"Pod","metadata":{}}');
    for (const lengths of [[text.length], [1], [9]])
      assert.equal(runChunks(events, DROPPING, Buffer.from(text), lengths, many).toString(), expected);
    assert.equal(rewriteJson(events, DROPPING, text.replaceAll('\n', '\r\n'), many).toString(), expected.replaceAll('\n', '\r\n'));
    assert.equal(rewriteJson(events, DROPPING, text.replaceAll('\n', ''), many).toString(), expected.replaceAll('\n', ''));
  });

  it('drops the rows of a Table one by one: a verdict is about the innermost unit', () => {
    const rows = (...namespaces: string[]) =>
      `{"type":"ADDED","object":{"kind":"Table","rows":[${namespaces.map((namespace) => `{"cells":["x"],"object":${objectIn(namespace)}}`).join(',')}]}}\n`;
    const text = rows('demo02-a', 'demo01-a', 'demo02-b') + rows('demo02-a');
    for (const lengths of [[text.length], [1], [30]])
      assert.equal(runChunks(events, DROPPING, Buffer.from(text), lengths, many).toString(), rows('a') + rows());
  });

  it('leaves nothing of a single foreign document', () => {
    const plan = compilePlan({ ...item });
    assert.equal(rewriteJson(plan, DROPPING, `${objectIn('demo02-a')}\n`).toString(), '\n');
    assert.throws(() => rewriteJson(plan, CUTTING, objectIn('demo02-a')), ForeignObjectError);
  });
});

describe('JSON rewriter: plans by kind', () => {
  const hidden: Plan = {
    byKind: { Secret: { drop: true }, Pod: { key: (key) => key.toUpperCase() }, Plain: {}, Text: { capture: { run: () => '"text"' } } },
    key: (key) => `_${key}`,
  };
  const plan = compilePlan({ items: hidden });
  const both = (text: string) => {
    const whole = rewriteJson(plan, DROPPING, text).toString();
    for (const lengths of [[1], [3], [8]]) assert.equal(runChunks(plan, DROPPING, Buffer.from(text), lengths).toString(), whole);
    return whole;
  };

  it('switches from the first byte of the object on', () => {
    assert.equal(
      both('[{"kind":"Secret","a":1},{"kind":"Pod","a":1}, {"kind":"Plain","a":1},{"kind":"Text","a":[1]}]'),
      '[{"KIND":"Pod","A":1}, {"kind":"Plain","a":1},"text"]',
    );
  });

  it('reads escapes and white space', () => {
    assert.equal(both('[{ "k\\u0069nd" :\n"\\u0053ecret"},{\t"kind" : "Po\\u0064"}]'), '[{\t"KIND" : "Po\\u0064"}]');
  });

  it('stays where the first member is another, or no string, or of another kind', () => {
    const text =
      '[{"a":1,"kind":"Secret"},{"kind":["Secret"]},{"kind":"Secrets"},{"kindx":"Secret"},{},"Secret",{"kind":null},{"":"Secret"}]';
    assert.equal(both(text), text.replaceAll(/"([a-z]*)":/g, '"_$1":'));
  });

  it('reads a quote within a kind', () => {
    const quoted = compilePlan({ items: { byKind: { 'a"b': { drop: true } } } });
    assert.equal(
      rewriteJson(quoted, DROPPING, '[{"kind":"a\\"b"},{"kind":"a"},{"ki\\"nd":"a"}]').toString(),
      '[{"kind":"a"},{"ki\\"nd":"a"}]',
    );
  });

  it('does not switch twice', () => {
    const twice = compilePlan({ byKind: { A: { byKind: { A: { drop: true } }, fields: { n: { string: 'add' } } } } });
    assert.equal(rewriteJson(twice, DROPPING, '{"kind":"A","n":"x"}').toString(), '{"kind":"A","n":"demo01-x"}');
  });
});
