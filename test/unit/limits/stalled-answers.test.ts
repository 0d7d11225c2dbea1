import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { StalledAnswers } from '../../../src/limits/stalled-answers.ts';

const PATIENCE = { timeoutMs: 10_000, intervalMs: 5 };
const HOUR_MS = 3_600_000;

describe('StalledAnswers', () => {
  function begin(stalled: StalledAnswers, tenantId: string, count: number) {
    const cut: number[] = [];
    const goOn = Array.from({ length: count }, (_, index) => stalled.begin(tenantId, () => cut.push(index)));
    return { cut, goOn };
  }

  it('cuts those that have waited longest, and leaves as many as may wait', async () => {
    const { cut } = begin(new StalledAnswers({ most: 2, graceMs: 1 }), 'demo01', 5);
    assert.deepEqual(cut, [], 'none at once');
    await waitUntil('three to be cut', () => cut.length >= 3, PATIENCE);
    assert.deepEqual(cut, [0, 1, 2]);
  });

  it('counts each tenant for itself', async () => {
    const stalled = new StalledAnswers({ most: 2, graceMs: 1 });
    const others = begin(stalled, 'demo02', 2);
    const { cut } = begin(stalled, 'demo01', 3);
    await waitUntil('one to be cut', () => cut.length > 0, PATIENCE);
    assert.deepEqual([cut, others.cut], [[0], []]);
  });

  it('forgets those that go on, and those that are over', async () => {
    const stalled = new StalledAnswers({ most: 1, graceMs: 1 });
    const first = begin(stalled, 'demo01', 2);
    for (const goOn of [...first.goOn, ...first.goOn]) goOn();
    const { cut } = begin(stalled, 'demo01', 2);
    await waitUntil('one to be cut', () => cut.length > 0, PATIENCE);
    assert.deepEqual([first.cut, cut], [[], [0]]);
  });

  it('cuts none before its time, whatever their number', async () => {
    const patient = begin(new StalledAnswers({ most: 0, graceMs: HOUR_MS }), 'demo01', 50);
    const { cut } = begin(new StalledAnswers({ most: 0, graceMs: 1 }), 'demo01', 1);
    await waitUntil('the other to be cut', () => cut.length > 0, PATIENCE);
    assert.deepEqual(patient.cut, []);
  });

  it('looks again, for those whose time comes later', async () => {
    const stalled = new StalledAnswers({ most: 1, graceMs: 1 });
    const first = begin(stalled, 'demo01', 2);
    await waitUntil('the first to be cut', () => first.cut.length > 0, PATIENCE);
    const second = begin(stalled, 'demo01', 2);
    await waitUntil('two more to be cut', () => first.cut.length + second.cut.length === 3, PATIENCE);
    assert.deepEqual([first.cut, second.cut], [[0, 1], [0]]);
  });
});
