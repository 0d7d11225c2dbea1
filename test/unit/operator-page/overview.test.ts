import assert from 'node:assert/strict';
import { overviewOf } from '../../../src/operator-page/overview.ts';
import { addressOf, partOf, readPageQuery } from '../../../src/operator-page/page-query.ts';
import { RefusalLog } from '../../../src/operator-page/refusal-log.ts';
import { at, condition, DAY_MS, madeKnowledge, madeTenant, NOW, rowOf } from './made-knowledge.ts';

const query = (text = '') => readPageQuery(new URLSearchParams(text));
const problemsOf = (change: Parameters<typeof madeKnowledge>[0]) => overviewOf(madeKnowledge(change), query()).problems;
const broken = (error: string) => ({ value: undefined, error, since: NOW - 120_000 });
const logOf = (...rows: { code: number; count: number; tenantId?: string; msAgo?: number; reason?: string }[]) => {
  const log = new RefusalLog();
  for (const { msAgo = 1000, reason = 'Why', ...row } of rows) {
    log.add({
      at: NOW - msAgo,
      lastAt: NOW - msAgo,
      verb: 'get',
      resource: 'pods',
      reason,
      message: 'why',
      clientAddress: '10.0.0.7',
      ...row,
    });
  }
  return log;
};

describe('what the page tells of a tenant', () => {
  it('is no secret, and not the object', () => {
    const tenant = madeTenant('demo01', {
      metadata: { labels: { a: 'b' }, managedFields: [{ manager: 'x' }] },
      spec: { revocations: [{ user: 'eve' }] },
    });
    const text = JSON.stringify(overviewOf(madeKnowledge({ tenants: [rowOf(tenant)] }), query()));
    assert.doesNotMatch(text, /kubeconfig|c2VjcmV0|managedFields|eve|annotations/);
    assert.match(text, /"id":"demo01"/);
  });

  const states: readonly (readonly [string, Parameters<typeof madeTenant>[1], object])[] = [
    ['ready', {}, { state: 'Ready', since: at(3_600_000), waits: false }],
    ['frozen', { spec: { suspension: { mode: 'Frozen', reason: 'unpaid\u202e' } } }, { state: 'Frozen', why: 'unpaid\\u{202e}' }],
    [
      'not ready: the condition that says why, since Ready is not',
      {
        metadata: { generation: 3 },
        status: {
          conditions: [
            condition('Ready', 'False', { lastTransitionTime: at(60_000), reason: 'NotYet' }),
            condition('AccessReady', 'False', { reason: 'Forbidden', message: 'may not bind' }),
          ],
        },
      },
      { state: 'Pending', why: 'AccessReady Forbidden: may not bind', since: at(60_000), waits: true },
    ],
    ['new', { status: { conditions: [] } }, { state: 'Pending', why: 'no controller has dealt with it yet', since: at(DAY_MS) }],
    [
      'being removed, whatever else',
      {
        metadata: { deletionTimestamp: at(9000) },
        spec: { suspension: { mode: 'ReadOnly' } },
        status: { removal: { remaining: { pods: 2 } } },
      },
      { state: 'Terminating', since: at(9000), removal: { remaining: { pods: 2 }, finalizersCleared: 0 } },
    ],
  ];
  for (const [what, change, wanted] of states) {
    it(what, () => {
      const row = rowOf(madeTenant('demo01', change)) as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(wanted)) assert.deepEqual(row[key], value, key);
    });
  }

  it('quota: the fullest first, by quantity; what is no quantity is not full', () => {
    const hard = { pods: '10', 'requests.memory': '2Gi', secrets: '0', odd: 'x' };
    const used = { pods: '9', 'requests.memory': '1536Mi' };
    const { quota } = rowOf(madeTenant('demo01', { status: { quota: { hard, used } } }));
    assert.deepEqual(
      quota.map(({ key, share }) => [key, share]),
      [
        ['secrets', 1],
        ['pods', 0.9],
        ['requests.memory', 0.75],
        ['odd', 0],
      ],
    );
  });
});

describe('what is wrong', () => {
  it('nothing, where all is well', () => assert.deepEqual(problemsOf({}), []));

  const full = { status: { quota: { hard: { pods: '2' }, used: { pods: '2' } } } };
  const cases: readonly (readonly [string, Parameters<typeof madeKnowledge>[0], RegExp[]])[] = [
    [
      'upstream away',
      { upstreams: [{ name: 'east', sight: broken('connect ECONNREFUSED') }] },
      [/^error Upstream cluster east does not answer .*02:58:00/],
    ],
    [
      'etcd away is one problem, not three',
      {
        tenantsBehindSince: NOW - 5000,
        etcd: broken('14 UNAVAILABLE'),
        gateway: { ...madeKnowledge().gateway, notReady: 'tenants: etcd' },
      },
      [/^error etcd does not answer/],
    ],
    ['not ready', { gateway: { ...madeKnowledge().gateway, notReady: 'limits: no room\n' } }, [/^error This gateway is not ready/]],
    ['no leader', { etcd: { value: { leader: undefined, replicas: [] }, error: undefined, since: NOW } }, [/^error No controller leads/]],
    [
      'replicas that do not agree',
      {
        etcd: {
          value: {
            leader: 'x',
            replicas: [
              { name: 'a', agrees: true },
              { name: 'b', agrees: false },
            ],
          },
          error: undefined,
          since: NOW,
        },
      },
      [/^warning Gateways do not agree on who they are: b /],
    ],
    [
      'a tenant that is not ready for a minute',
      {
        tenants: [
          rowOf(madeTenant('demo01', { status: { conditions: [condition('Ready', 'False', { lastTransitionTime: at(61_000) })] } })),
        ],
      },
      [/^error Tenant demo01 is not ready .*02:58:59/],
    ],
    [
      'but not before',
      {
        tenants: [
          rowOf(madeTenant('demo01', { status: { conditions: [condition('Ready', 'False', { lastTransitionTime: at(59_000) })] } })),
        ],
      },
      [],
    ],
    [
      'many at once are one line',
      { tenants: ['aaaa01', 'aaaa02', 'aaaa03', 'aaaa04'].map((id) => rowOf(madeTenant(id, { status: { conditions: [] } }))) },
      [/^error 4 tenants are not ready: aaaa01, aaaa02, aaaa03 and 1 more/],
    ],
    [
      'a removal that takes long',
      { tenants: [rowOf(madeTenant('demo01', { metadata: { deletionTimestamp: at(301_000) } }))] },
      [/^warning Tenant demo01 is still being removed/],
    ],
    ['a full quota', { tenants: [rowOf(madeTenant('demo01', full))] }, [/^warning Tenant demo01 has used up its quota: pods/]],
    [
      'certificates',
      {
        certificates: [
          { what: 'late', endsAt: NOW + 29 * DAY_MS },
          { what: 'gone', endsAt: NOW - 1 },
          { what: 'fine', endsAt: NOW + 31 * DAY_MS },
          { what: 'unseen', error: 'x' },
        ],
      },
      [/^error Certificate has expired: gone/, /^warning Certificate ends in 29 days: late/],
    ],
    [
      "tenants' certificates",
      { tenants: [rowOf(madeTenant('demo01', { status: { credentials: { notAfter: at(-DAY_MS) } } }))] },
      [/^warning Certificates of a tenant's admin end soon: demo01/],
    ],
    [
      'a tenant that met its limits',
      { refusals: logOf({ code: 429, count: 20, tenantId: 'demo01' }, { code: 429, count: 19, tenantId: 'demo02' }) },
      [/^warning Tenant demo01 meets its limits: 20 requests/],
    ],
    ['that is over', { refusals: logOf({ code: 429, count: 20, tenantId: 'demo01', msAgo: 301_000 }) }, []],
    ['faults', { refusals: logOf({ code: 503, count: 1, tenantId: 'demo01' }) }, [/^error 1 request of demo01 failed here/]],
    [
      'strangers',
      { refusals: logOf({ code: 401, count: 20 }) },
      [/^warning 20 requests with credentials that nobody knows, lately, from 10.0.0.7/],
    ],
    ["a tenant's own mistakes are none", { refusals: logOf({ code: 403, count: 500, tenantId: 'demo01' }) }, []],
  ];
  for (const [what, change, wanted] of cases) {
    it(what, () => {
      const found = problemsOf(change).map(({ severity, what, since }) => `${severity} ${what} ${since}`);
      assert.equal(found.length, wanted.length, found.join('\n'));
      for (const [index, pattern] of wanted.entries()) assert.match(found[index]!, pattern);
    });
  }
});

describe('a view', () => {
  const tenants = [
    rowOf(madeTenant('aaaa01'), { inflight: 3 }),
    rowOf(madeTenant('bbbb01'), { refused: { inflight: 0, longRunning: 2, rate: 5 } }),
    rowOf(madeTenant('cccc01', { spec: { suspension: { mode: 'Frozen', reason: 'unpaid' } } })),
    rowOf(madeTenant('dddd01', { status: { quota: { hard: { pods: '2' }, used: { pods: '2' } } } })),
    rowOf(madeTenant('eeee01', { status: { conditions: [] } }), { inflight: 9 }),
  ];
  const idsOf = (text: string) =>
    overviewOf(madeKnowledge({ tenants }), query(text))
      .tenants.rows.map(({ id }) => id.slice(0, 1))
      .join('');
  for (const [text, wanted] of [
    ['', 'edbca'],
    ['sort=id', 'abcde'],
    ['sort=inflight', 'eabcd'],
    ['sort=refused', 'bacde'],
    ['sort=quota', 'dabce'],
    ['sort=nonsense', 'edbca'],
    ['q=FROZEN+unpaid', 'c'],
    ['q=pods', 'd'],
    ['q=bbbb+frozen', ''],
  ] as const) {
    it(`?${text}`, () => assert.equal(idsOf(text), wanted));
  }

  it('filters refused requests by every word', () => {
    const refusals = logOf(
      { code: 403, count: 1, tenantId: 'demo01' },
      { code: 429, count: 1, tenantId: 'demo01' },
      { code: 429, count: 1, tenantId: 'demo02' },
    );
    const { refused } = overviewOf(madeKnowledge({ refusals }), query('q=demo01+429'));
    assert.deepEqual([refused.matched, refused.kept, refused.rows[0]!.code], [1, 3, 429]);
  });

  it('shows a page of many, the last one for one that is too far', () => {
    const all = Array.from({ length: 101 }, (_, index) => index);
    assert.deepEqual(partOf(all, 2, 50), { rows: all.slice(50, 100), matched: 101, page: 2, pages: 3 });
    assert.deepEqual(partOf(all, 9, 50).rows, [100]);
    assert.deepEqual(partOf([], 1, 50), { rows: [], matched: 0, page: 1, pages: 1 });
  });

  it('has an address, from which it is read again', () => {
    const given = query('q=a%26b+%22c%22&sort=id&tenants=3&refused=2');
    assert.equal(addressOf(given, {}), '?q=a%26b+%22c%22&sort=id&tenants=3&refused=2');
    assert.deepEqual(readPageQuery(new URLSearchParams(addressOf(given, {}))), given);
    assert.equal(addressOf(given, { sort: 'attention' }), '?q=a%26b+%22c%22&refused=2');
    for (const page of ['0', '-1', '1e9', 'x', '99999999']) assert.equal(query(`tenants=${page}`).tenantsPage, 1);
    assert.equal(query(`q=${'x'.repeat(5000)}`).text.length, 200);
  });
});
