import assert from 'node:assert/strict';
import { HeldBytes } from '../../../src/limits/held-bytes.ts';

describe('HeldBytes', () => {
  it('has room for what all may hold, and for what one tenant may', () => {
    const held = new HeldBytes({ most: 10, mostOfTenant: 6 });
    assert.equal(held.take('demo01', 6), true);
    assert.equal(held.take('demo01', 1), false);
    assert.equal(held.take('demo02', 5), false);
    assert.equal(held.take('demo02', 4), true);
    assert.equal(held.total, 10);
    held.giveBack('demo01', 5);
    assert.equal(held.take('demo02', 3), false);
    assert.equal(held.take('demo03', 5), true);
    held.giveBack('demo01', 1);
    held.giveBack('demo02', 4);
    held.giveBack('demo03', 5);
    assert.equal(held.total, 0);
    assert.equal(held.take('demo01', 6), true);
  });
});
