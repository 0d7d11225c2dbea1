import assert from 'node:assert/strict';
import { buildRow, buildTable, humanAge } from '../../../src/kube/table.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();
const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 86_400, 365 * 86_400];

describe('humanAge', () => {
  const cases: [seconds: number, text: string][] = [
    [-5, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [121, '2m1s'],
    [9 * MINUTE + 59, '9m59s'],
    [10 * MINUTE, '10m'],
    [3 * HOUR - 1, '179m'],
    [3 * HOUR, '3h'],
    [3 * HOUR + 8 * MINUTE, '3h8m'],
    [8 * HOUR, '8h'],
    [2 * DAY - 1, '47h'],
    [2 * DAY + 4 * HOUR, '2d4h'],
    [8 * DAY, '8d'],
    [2 * YEAR - 1, '729d'],
    [3 * YEAR + 40 * DAY, '3y40d'],
    [8 * YEAR, '8y'],
  ];
  for (const [seconds, text] of cases) it(`${seconds} s → ${text}`, () => assert.equal(humanAge(ago(seconds), NOW), text));

  it('does not know an age without a time', () => {
    assert.deepEqual([humanAge(undefined, NOW), humanAge('soon', NOW)], ['<unknown>', '<unknown>']);
  });
});

describe('buildTable', () => {
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' }, data: 1 };

  it('carries with each row what was asked for', () => {
    assert.equal(buildRow(object, ['a'], 'None').object, null);
    assert.deepEqual(buildRow(object, ['a'], 'Object').object, object);
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } };
    assert.deepEqual(buildRow(object, ['a'], 'Metadata').object, partial);
  });

  it('is a Table of meta.k8s.io/v1', () => {
    const table = buildTable({ resourceVersion: '5' }, null, [buildRow(object, ['a'], 'None')]);
    const rows = [{ cells: ['a'], object: null }];
    assert.deepEqual(table, {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '5' },
      columnDefinitions: null,
      rows,
    });
  });
});
