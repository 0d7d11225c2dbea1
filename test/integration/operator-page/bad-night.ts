import type { Knowledge } from '../../../src/operator-page/overview.ts';
import { RefusalLog } from '../../../src/operator-page/refusal-log.ts';
import type { RefusedRequest } from '../../../src/operator-page/refused-request.ts';
import { at, condition, DAY_MS, madeKnowledge, madeTenant, NOW, rowOf } from '../../unit/operator-page/made-knowledge.ts';

const MINUTE_MS = 60_000;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

export function refuse(log: RefusalLog, change: Partial<RefusedRequest> = {}): void {
  const when = change.at ?? NOW;
  log.add({
    ...{ at: when, lastAt: when, count: 1, tenantId: 'demo01', user: 'admin', verb: 'get', resource: 'pods -n default web-0' },
    ...{ code: 403, reason: 'Forbidden', message: 'pods "web-0" is forbidden: tenants may not do that' },
    ...{ userAgent: 'kubectl/v1.37.2 (linux/amd64) kubernetes/5a1c3f0', clientAddress: '10.0.3.17' },
    ...change,
  });
}

function refusals(): RefusalLog {
  const log = new RefusalLog();
  const tooMany =
    'Too many requests of this cluster, please try again later: it may make 50 a second (requestsPerSecond), and 100 at once (burst)';
  for (let minutes = 55; minutes > 0; minutes -= 1) {
    refuse(log, {
      at: NOW - minutes * MINUTE_MS,
      count: 1 + ((minutes * 7) % 5),
      tenantId: 'globex',
      resource: `pods -n batch job-${minutes}`,
    });
  }
  for (const [minutes, count] of [
    [9, 210],
    [8, 940],
    [7, 1822],
    [6, 1760],
    [5, 1910],
    [4, 1888],
    [3, 1904],
    [2, 1793],
    [1, 1851],
  ] as const) {
    const first = NOW - minutes * MINUTE_MS;
    refuse(log, {
      ...{
        at: first,
        lastAt: first + 59_000,
        count,
        tenantId: 'acme01',
        user: 'system:serviceaccount:ci:runner',
        verb: 'list',
        resource: 'pods -n ci',
      },
      ...{ code: 429, reason: 'TooManyRequests', message: tooMany, userAgent: 'argo-workflows/v3.7.1 linux/amd64', traceId: TRACE },
    });
  }
  const unknown = {
    tenantId: undefined,
    user: undefined,
    code: 401,
    reason: 'Unauthorized',
    message: 'Unauthorized',
    clientAddress: '203.0.113.9',
  };
  refuse(log, { at: NOW - 95_000, ...unknown, count: 31, verb: 'GET', resource: '/api/v1/secrets', userAgent: 'python-requests/2.33' });
  refuse(log, {
    at: NOW - 70_000,
    tenantId: 'umbrla',
    verb: 'list',
    resource: 'deployments.apps -n web',
    message: 'tenant is suspended (Frozen): invoice 2026-114 is unpaid, ask billing',
  });
  refuse(log, {
    at: NOW - 41_000,
    tenantId: 'demo01',
    user: 'eve',
    verb: 'delete',
    resource: 'namespaces default',
    message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    traceId: TRACE,
  });
  const away = { code: 503, reason: 'ServiceUnavailable', message: 'the cluster is currently not reachable', traceId: TRACE };
  refuse(log, { at: NOW - 20_000, tenantId: 'hooli1', verb: 'list', resource: 'secrets -n default', ...away, count: 4 });
  return log;
}

/** What an operator hopes never to see all at once. */
export function badNight(): Knowledge {
  const rate = { requestsPerSecond: 50, burst: 100 };
  const quota = {
    hard: { configmaps: '5', 'requests.cpu': '20', pods: '40', 'count/namespaces': '10' },
    used: { configmaps: '5', 'requests.cpu': '17500m', pods: '12', 'count/namespaces': '4' },
  };
  const pending = [
    condition('Ready', 'False', { reason: 'NotYet', lastTransitionTime: at(14 * MINUTE_MS) }),
    condition('AccessReady', 'False', {
      reason: 'UpstreamRefused',
      message: 'clusterrolebindings "kubezoo:newone" is forbidden: quota of webhooks',
    }),
  ];
  const cleaning = condition('CleanedUp', 'False', {
    reason: 'ObjectsRemain',
    message: '3 objects are left: 1 namespace (batch), 2 widgets.example.com (batch/a, batch/b: finalizer example.com/hold is waited for)',
  });
  const base = madeKnowledge();
  return {
    ...base,
    tenants: [
      rowOf(
        madeTenant('acme01', { status: { quota } }),
        { inflight: 41, longRunning: 260, refused: { inflight: 12, longRunning: 0, rate: 15_078 } },
        { maxRequestsInflight: 50, maxLongRunning: 1000, rate },
        3,
      ),
      rowOf(madeTenant('demo01'), { inflight: 2, longRunning: 18 }),
      rowOf(madeTenant('globex', { status: { quota: { hard: { services: '10' }, used: { services: '4' } } } }), { longRunning: 7 }),
      rowOf(madeTenant('hooli1', { spec: { upstream: 'east' } })),
      rowOf(madeTenant('initec', { spec: { suspension: { mode: 'ReadOnly', reason: 'moving to another storage' } } }), { longRunning: 3 }),
      rowOf(madeTenant('newone', { metadata: { generation: 2 }, status: { conditions: pending } })),
      rowOf(
        madeTenant('oldone', {
          metadata: { deletionTimestamp: at(11 * MINUTE_MS) },
          status: { conditions: [cleaning], removal: { remaining: { namespaces: 1, 'widgets.example.com': 2 } } },
        }),
      ),
      rowOf(madeTenant('umbrla', { spec: { suspension: { mode: 'Frozen', reason: 'invoice 2026-114 is unpaid, ask billing' } } })),
    ],
    refusals: refusals(),
    upstreams: [
      ...base.upstreams,
      { name: 'east', sight: { value: undefined, error: 'connect ECONNREFUSED 10.4.0.1:6443', since: NOW - 3 * MINUTE_MS } },
    ],
    etcd: {
      value: {
        leader: 'node-2/318',
        replicas: [
          { name: 'gateway-7d9c-x2x4k', agrees: true },
          { name: 'gateway-7d9c-q8w1z', agrees: true },
        ],
      },
      error: undefined,
      since: NOW - 2 * DAY_MS,
    },
    certificates: [
      { what: 'gateway, kube.example.org:6443', endsAt: NOW + 19 * DAY_MS },
      { what: "CA of tenants' certificates", endsAt: NOW + 3100 * DAY_MS },
      { what: 'admission bridge', endsAt: NOW + 300 * DAY_MS },
      { what: 'gateway at upstream east', error: 'there is no certificate in it' },
    ],
  };
}
