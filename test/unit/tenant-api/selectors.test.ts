import assert from 'node:assert/strict';
import { parseFieldSelector, parseLabelSelector } from '../../../src/tenant-api/label-selector.ts';

const LABELS = { a: '1', b: 'x', n: '10' };

describe('parseLabelSelector', () => {
  const matching = [
    '',
    ' ',
    'a',
    'a=1',
    'a==1',
    'a = 1',
    'a!=2',
    'c!=1',
    '!c',
    'a in (1,2)',
    'a in ( 1 , 2 )',
    'a notin (2)',
    'c notin (1)',
    'n>9',
    'n<11',
    'a=1,b=x',
    'a in (1,2),b',
    'b in (x),a in (1)',
  ];
  const notMatching = [
    'c',
    'a=2',
    'a!=1',
    '!a',
    'a in (2)',
    'a notin (1)',
    'n>10',
    'b>1',
    'c>1',
    'a=1,b=y',
    'a=',
    'constructor',
    'a in (2),b in (x)',
  ];
  for (const text of matching) it(`${JSON.stringify(text)} matches`, () => assert.equal(parseLabelSelector(text)(LABELS), true));
  for (const text of notMatching) it(`${JSON.stringify(text)} does not match`, () => assert.equal(parseLabelSelector(text)(LABELS), false));
  for (const text of ['a b', 'a=-', 'a in 1', 'a in (1', ',', 'a,,b', '=1', 'a>x', 'a/b/c=1', 'a=b=c', '(a)']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseLabelSelector(text), { reason: 'BadRequest' }));
  }
});

describe('parseFieldSelector', () => {
  it('selects by name', () => {
    const selector = parseFieldSelector('metadata.name=demo01');
    assert.deepEqual([selector.name, selector.matches('demo01'), selector.matches('demo02')], ['demo01', true, false]);
  });

  it('excludes by name', () => {
    const selector = parseFieldSelector('metadata.name!=demo01');
    assert.deepEqual([selector.name, selector.matches('demo01'), selector.matches('demo02')], [undefined, false, true]);
  });

  it('takes the empty one for all, and contradictions for none', () => {
    assert.equal(parseFieldSelector('').matches('x'), true);
    assert.equal(parseFieldSelector('metadata.name=a,metadata.name!=a').matches('a'), false);
  });

  for (const text of ['foo', 'status.phase=Ready', 'metadata.namespace=x']) {
    it(`refuses ${text}`, () => assert.throws(() => parseFieldSelector(text), { reason: 'BadRequest' }));
  }
});
