/** The soak's verifier against what must not pass it: each fault that a gateway could make is put into a true story. */
import assert from 'node:assert/strict';
import type { Observations, Observer, SeenBookmark, SeenEvent, Session, Sighting } from '../../soak/observation.ts';
import { type Evidence, judge } from '../../soak/verify/judge.ts';
import { ownRecord, type RecordedChange, stateAt, type UpstreamRecord } from '../../soak/verify/own-record.ts';
import { partSession } from '../../soak/verify/part-session.ts';

const OBSERVER: Observer = { tenantId: 'soak01', client: 'test', resource: 'configmaps' };
const CHANGES: readonly RecordedChange[] = [
  { type: 'ADDED', key: 'soak01-default/a', revision: 11 },
  { type: 'ADDED', key: 'soak02-default/a', revision: 12 },
  { type: 'MODIFIED', key: 'soak01-default/a', revision: 13 },
  { type: 'ADDED', key: 'soak01-default/b', revision: 14 },
  { type: 'MODIFIED', key: 'platform/c', revision: 15 },
  { type: 'DELETED', key: 'soak01-default/a', revision: 16 },
  { type: 'MODIFIED', key: 'soak02-default/a', revision: 17 },
  { type: 'MODIFIED', key: 'soak01-default/b', revision: 18 },
];
const RECORD: UpstreamRecord = {
  from: 10,
  through: 20,
  initial: new Map([
    ['soak01-default/old', 5],
    ['platform/c', 6],
  ]),
  changes: CHANGES,
};
const NOTHING: UpstreamRecord = { from: 10, through: 20, initial: new Map(), changes: [] };

const event = (type: SeenEvent['type'], key: string, revision: number, owner?: string): SeenEvent => ({ type, key, revision, owner });
const bookmark = (revision: number, initialEnd = false): SeenBookmark => ({ type: 'BOOKMARK', revision, initialEnd });

/** All that happened to soak01. */
const TRUE_EVENTS: readonly SeenEvent[] = [
  event('ADDED', 'default/a', 11, 'owner-01'),
  event('MODIFIED', 'default/a', 13, 'owner-01'),
  event('ADDED', 'default/b', 14),
  event('DELETED', 'default/a', 16, 'owner-01'),
  event('MODIFIED', 'default/b', 18),
];
const AT_10: readonly Sighting[] = [{ key: 'default/old', revision: 5 }];

function story(entries: readonly (SeenEvent | SeenBookmark)[], from: Session['from'] = 10, items = AT_10, listedAt = 10): Observations {
  return {
    observer: OBSERVER,
    listings: from === 'state' ? [] : [{ observer: OBSERVER, revision: listedAt, items }],
    sessions: [{ observer: OBSERVER, from, entries: [...entries] }],
  };
}

function verdictOf(observations: Observations, more: Partial<Evidence> = {}) {
  return judge({
    tenantIds: ['soak01', 'soak02'],
    records: { configmaps: RECORD, namespaces: NOTHING, clusterroles: NOTHING },
    observations: [observations],
    acknowledged: [],
    markOf: (tenantId) => `owner-${tenantId.slice(4)}`,
    forbidden: 'soak',
    ...more,
  });
}

const kindsIn = (observations: Observations, more?: Partial<Evidence>) => verdictOf(observations, more).problems.map(({ kind }) => kind);
/** The true events, with `count` of them from `at` on replaced. */
const instead = (at: number, count: number, ...others: SeenEvent[]) => TRUE_EVENTS.toSpliced(at, count, ...others);

describe("the soak's verifier", () => {
  it('what happened, told in order and once, is right', () => {
    const { problems, figures } = verdictOf(story([...TRUE_EVENTS, bookmark(20)]));
    assert.deepEqual(problems, []);
    assert.deepEqual([...figures], [['test', { lists: 1, watches: 1, changes: 5, told: 5 }]]);
  });

  it('a watch that goes on where another ended is right', () => {
    const first = story([...TRUE_EVENTS.slice(0, 2), bookmark(13)]);
    first.sessions.push({ observer: OBSERVER, from: 13, entries: TRUE_EVENTS.slice(2) });
    assert.deepEqual(kindsIn(first), []);
  });

  it('a dropped event is found: in between, and by a bookmark that speaks for it', () => {
    assert.deepEqual(kindsIn(story(instead(2, 1))), ['missed']);
    const bookmarked = verdictOf(story([...TRUE_EVENTS.slice(0, 4), bookmark(18)]));
    assert.match(bookmarked.problems[0]!.text, /soak01, test, configmaps: watch from 10: missed: MODIFIED default\/b at 18/);
  });

  it('a dropped event between two watches is found', () => {
    const gap = story(TRUE_EVENTS.slice(0, 2));
    gap.sessions.push({ observer: OBSERVER, from: 13, entries: TRUE_EVENTS.slice(3) });
    assert.deepEqual(kindsIn(gap), ['missed']);
  });

  it('an end that is never told is found', () => {
    assert.deepEqual(kindsIn(story(TRUE_EVENTS.slice(0, 4))), ['late']);
    assert.deepEqual(kindsIn({ observer: OBSERVER, listings: [], sessions: [] }), ['late', 'unverifiable']);
  });

  it('a doubled event is found, at once and later', () => {
    assert.deepEqual(kindsIn(story(instead(1, 0, TRUE_EVENTS[0]!))), ['doubled']);
    assert.deepEqual(kindsIn(story([...TRUE_EVENTS, TRUE_EVENTS[1]!])), ['doubled']);
  });

  it('a swapped order is found, of bookmarks too', () => {
    assert.deepEqual(kindsIn(story(instead(1, 2, TRUE_EVENTS[2]!, TRUE_EVENTS[1]!))), ['order']);
    assert.deepEqual(kindsIn(story([...TRUE_EVENTS.slice(0, 2), bookmark(14), ...TRUE_EVENTS.slice(2)])), ['order']);
    assert.deepEqual(kindsIn(story([...TRUE_EVENTS, bookmark(17)])), ['order']);
    assert.deepEqual(kindsIn(story(TRUE_EVENTS, 11)), ['order']);
  });

  it("a foreign event is found: by its revision, its signature, and upstream's name", () => {
    const foreign = verdictOf(story(instead(1, 0, event('ADDED', 'default/a', 12))));
    assert.deepEqual(
      foreign.problems.map(({ kind, text }) => [kind, text.includes('soak02-default/a')]),
      [['foreign', true]],
    );
    assert.deepEqual(kindsIn(story(instead(0, 1, event('ADDED', 'default/a', 11, 'owner-02')))), ['foreign']);
    assert.deepEqual(kindsIn(story(instead(0, 1, event('ADDED', 'soak01-default/a', 11)))), ['foreign']);
    assert.deepEqual(kindsIn(story(instead(4, 0, event('ADDED', 'soak02-default/a', 17)))), ['foreign']);
    assert.deepEqual(kindsIn(story(instead(3, 0, event('MODIFIED', 'platform/c', 15)))), ['foreign']);
  });

  it('an event that never was, or was another, is found', () => {
    assert.deepEqual(kindsIn(story([...TRUE_EVENTS, event('ADDED', 'default/x', 19)])), ['untrue']);
    assert.deepEqual(kindsIn(story(instead(1, 1, event('ADDED', 'default/a', 13)))), ['untrue']);
    assert.deepEqual(kindsIn(story(instead(1, 1, event('MODIFIED', 'default/b', 13)))), ['untrue']);
  });

  it('what the record does not reach is not taken for right', () => {
    assert.deepEqual(kindsIn(story([...TRUE_EVENTS, bookmark(21)])), ['unverifiable']);
    assert.ok(kindsIn(story(TRUE_EVENTS, 9)).includes('unverifiable'));
    assert.ok(kindsIn(story(TRUE_EVENTS, 10, AT_10, 9)).includes('unverifiable'));
  });

  it('a list is compared with the state at its revision', () => {
    assert.deepEqual(
      [...stateAt(ownRecord(RECORD, 'soak01'), 14)],
      [
        ['default/old', 5],
        ['default/a', 13],
        ['default/b', 14],
      ],
    );
    const at14 = [...AT_10, { key: 'default/a', revision: 13 }, { key: 'default/b', revision: 14 }];
    const listed = (items: readonly Sighting[]) => kindsIn(story(TRUE_EVENTS.slice(3), 14, items, 14));
    assert.deepEqual(listed(at14), []);
    assert.deepEqual(listed(at14.slice(0, 2)), ['missed']);
    assert.deepEqual(listed([...at14, at14[0]!]), ['doubled']);
    assert.deepEqual(listed([...at14, { key: 'default/c', revision: 12 }]), ['untrue']);
    assert.deepEqual(listed([...at14, { key: 'default/c', revision: 12, owner: 'owner-02' }]), ['foreign']);
    assert.deepEqual(listed(at14.with(1, { key: 'default/a', revision: 11 })), ['untrue']);
  });

  it('a watch that sends the state first is a list and a watch', () => {
    const initial = [event('ADDED', 'default/old', 5), event('ADDED', 'default/a', 11), event('MODIFIED', 'default/a', 13)];
    const whole = [...initial, bookmark(13, true), ...TRUE_EVENTS.slice(2)];
    assert.deepEqual(kindsIn(story(whole, 'state')), []);
    assert.deepEqual(kindsIn(story(whole.slice(1), 'state')), ['missed']);
    assert.deepEqual(kindsIn(story(whole.toSpliced(4, 1), 'state')), ['missed']);
    assert.deepEqual(partSession({ observer: OBSERVER, from: 'state', entries: initial }), {});
  });

  it('an acknowledged write must stand under its name in the record', () => {
    const write = { tenantId: 'soak01', resource: 'configmaps', key: 'default/a', revision: 13 } as const;
    const withWrite = (changed: object) => kindsIn(story(TRUE_EVENTS), { acknowledged: [{ ...write, ...changed }] });
    assert.deepEqual(withWrite({}), []);
    assert.deepEqual(withWrite({ key: 'default/old', revision: 5 }), []);
    assert.deepEqual(withWrite({ revision: 12 }), ['missed']);
    assert.deepEqual(withWrite({ key: 'default/b' }), ['missed']);
    assert.deepEqual(withWrite({ tenantId: 'soak02' }), ['missed']);
  });

  it('lists alone prove nothing', () => {
    const at18 = [...AT_10, { key: 'default/b', revision: 18 }];
    const observations = story([bookmark(10)]);
    observations.listings.push({ observer: OBSERVER, revision: 18, items: at18 });
    assert.deepEqual(kindsIn(observations), ['unverifiable']);
  });
});
