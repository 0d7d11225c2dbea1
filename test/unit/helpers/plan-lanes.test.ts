import assert from 'node:assert/strict';
import { planLanes, sumOfSeconds } from '../../helpers/plan-lanes.ts';

describe('lanes of test files', () => {
  const seconds = { a: 60, b: 10, c: 30, d: 20 };

  it('end at about the same time, each file in one of them', () => {
    const [first, second] = planLanes(['a', 'b', 'c', 'd'], seconds, 0);
    assert.deepEqual([first, second], [['a'], ['b', 'c', 'd']]);
  });

  it('the first has something to do before', () => {
    const [first, second] = planLanes(['a', 'b', 'c', 'd'], seconds, 100);
    assert.deepEqual([first, second], [['b'], ['a', 'c', 'd']]);
  });

  it('of files that never ran, each gets half', () => {
    const [first, second] = planLanes(['a', 'b', 'c', 'd'], {}, 0);
    assert.equal(first.length, 2);
    assert.deepEqual([...first, ...second].sort(), ['a', 'b', 'c', 'd']);
    assert.equal(sumOfSeconds(['a', 'b', 'x'], seconds), 85);
  });
});
