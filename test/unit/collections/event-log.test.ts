import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EVERYBODY, EventLog, type LoggedEvent } from '../../../src/collections/watch/event-log.ts';

const event = (revision: number, size = 1) => ({
  revision,
  tenantId: EVERYBODY,
  isBookmark: false,
  sharedName: undefined,
  bytes: Buffer.alloc(size),
});

describe('EventLog', () => {
  it('is as a naive one: what it keeps, and where to begin behind a revision', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(40)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 120 }), (events, maxEvents, maxBytes) => {
        const log = new EventLog(50, { maxEvents, maxBytes });
        const all: LoggedEvent[] = [];
        let kept: LoggedEvent[] = [];
        let [revision, startRevision] = [50, 50];
        for (const [step, size] of events) {
          revision += step;
          all.push(log.push(event(revision, size)));
          kept.push(all.at(-1)!);
          const sum = () => kept.reduce((total, { bytes }) => total + bytes.length, 0);
          while (kept.length > maxEvents || (sum() > maxBytes && kept.length > 1)) startRevision = kept.shift()!.revision;
          assert.deepEqual([log.size, log.bytes, log.startRevision], [kept.length, sum(), startRevision]);
          assert.deepEqual([log.start, log.end], [all.length - kept.length, all.length]);
          for (let sequence = log.start; sequence < log.end; sequence++) assert.equal(log.at(sequence), all[sequence]);
          for (let asked = 49; asked <= revision + 1; asked++) {
            const found = kept.find((candidate) => candidate.revision > asked);
            assert.equal(log.sequenceAfter(asked), found?.sequence ?? log.end, `after ${asked}`);
          }
        }
        kept = [];
      }),
      { numRuns: 200 },
    );
  });

  it('keeps one event that is larger than all it may hold', () => {
    const log = new EventLog(1, { maxEvents: 4, maxBytes: 10 });
    log.push(event(2, 5));
    log.push(event(3, 50));
    assert.deepEqual([log.size, log.bytes, log.startRevision], [1, 50, 2]);
  });

  it('goes on for long', () => {
    const log = new EventLog(0, { maxEvents: 100, maxBytes: 1e6 });
    for (let revision = 1; revision <= 10_000; revision++) log.push(event(revision));
    assert.deepEqual([log.start, log.end, log.size, log.bytes, log.startRevision], [9_900, 10_000, 100, 100, 9_900]);
    assert.equal(log.at(9_950).revision, 9_951);
    assert.equal(log.sequenceAfter(9_950), 9_950);
  });
});
