import assert from 'node:assert/strict';
import { KubeError } from '../../../../src/errors.ts';
import { type AuditEvent, auditEvent } from '../../../../src/gateway/records/audit-event.ts';
import { requestLine } from '../../../../src/gateway/records/request-line.ts';
import { seenRequest } from '../../../../src/gateway/records/seen-request.ts';
import { SumEvents } from '../../../../src/gateway/records/sum-events.ts';
import { problemsOfEvent } from '../../../e2e/audit/event-form.ts';
import { JANE, OPERATOR, sampleRecord } from './sample-record.ts';

const FORBIDDEN = new KubeError('Forbidden', 'nodes "n" is forbidden: nodes belong to the platform', { name: 'n', kind: 'nodes' });
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('an audit event', () => {
  it('has what Kubernetes tells of a refused request, and whose it was', () => {
    const seen = seenRequest(sampleRecord('DELETE', '/api/v1/nodes/n?gracePeriodSeconds=0', { refusal: FORBIDDEN }));
    const event = auditEvent(seen);
    assert.deepEqual(problemsOfEvent(json(event)), []);
    assert.deepEqual(json(event), {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: '0ef5420b-3566-4a45-a818-dd64c04015bf',
      stage: 'ResponseComplete',
      requestURI: '/api/v1/nodes/n?gracePeriodSeconds=0',
      verb: 'delete',
      user: { username: 'jane', groups: ['team', 'system:authenticated'] },
      sourceIPs: ['192.0.2.7'],
      userAgent: 'kubectl/v1.37.2',
      objectRef: { resource: 'nodes', name: 'n', apiVersion: 'v1' },
      responseStatus: {
        metadata: {},
        status: 'Failure',
        message: 'nodes "n" is forbidden: nodes belong to the platform',
        reason: 'Forbidden',
        details: { name: 'n', kind: 'nodes' },
        code: 403,
      },
      requestReceivedTimestamp: '2026-11-29T20:02:20.591000Z',
      stageTimestamp: event.stageTimestamp,
      annotations: {
        'authorization.k8s.io/decision': 'forbid',
        'authorization.k8s.io/reason': 'kubezoo: nodes "n" is forbidden: nodes belong to the platform',
        'kubezoo.io/tenant': 'demo01',
      },
    });
    assert.match(event.stageTimestamp, /^2026-11-29T20:02:20\.60334\dZ$/);
  });

  it('takes every record, whatever is missing', () => {
    const nothing = { caller: undefined, tenantId: undefined, request: undefined, userAgent: undefined, clientAddress: undefined };
    const records = [
      sampleRecord('GET', '/api/v1/pods', { ...nothing, refusal: new KubeError('Unauthorized', 'Unauthorized') }),
      sampleRecord('', '', {
        ...nothing,
        method: undefined,
        target: undefined,
        refusal: new KubeError('InternalError', 'Internal error occurred'),
      }),
      sampleRecord('GET', '/api/v1//pods', { refusal: new KubeError('BadRequest', 'the path of the request is not in canonical form') }),
      sampleRecord('BREW', '/coffee', { refusal: new KubeError('MethodNotAllowed', 'no') }),
      sampleRecord('POST', '/apis/tenant.kubezoo.io/v1alpha1/tenants', {
        ...{ caller: { identity: OPERATOR, tenant: undefined }, tenantId: undefined, request: undefined, code: 201, end: 'whole' },
      }),
    ];
    for (const record of records) assert.deepEqual(problemsOfEvent(json(auditEvent(seenRequest(record)))), []);
    assert.deepEqual(auditEvent(seenRequest(records[0]!)).user, {});
    assert.equal(auditEvent(seenRequest(records[4]!)).objectRef?.apiGroup, 'tenant.kubezoo.io');
    assert.equal(auditEvent(seenRequest(records[4]!)).annotations?.['authorization.k8s.io/decision'], 'allow');
  });

  it('tells whom the caller acts as, without what it may say freely', () => {
    const impersonated = { ...JANE, user: 'joe', extra: { scopes: ['hunter2'] } };
    const event = auditEvent(seenRequest(sampleRecord('GET', '/api/v1/nodes/n', { refusal: FORBIDDEN, impersonated })));
    assert.equal(event.impersonatedUser?.username, 'joe');
    assert.doesNotMatch(JSON.stringify(event), /hunter2/);
  });

  it('quotes nothing of a body', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value: "hunter2"', field: 'spec.data[hunter2]' }];
    const refusal = new KubeError('Invalid', 'Secret "s" is invalid: data: Invalid value: hunter2', { name: 's', causes });
    const event = auditEvent(seenRequest(sampleRecord('POST', '/api/v1/namespaces/a/secrets', { refusal, requestBytes: 20 })));
    assert.doesNotMatch(JSON.stringify(event), /hunter2/);
    assert.equal(event.responseStatus?.details?.causes?.[0]?.field, 'spec.data[…]');
  });
});

describe('a line of the request log', () => {
  it('is flat and has no query', () => {
    const record = sampleRecord('GET', '/apis/apps/v1/namespaces/web/deployments/d/scale?labelSelector=hunter2', {
      ...{ code: 200, end: 'whole' as const, responseBytes: 99, traceId: '0af7651916cd43dd8448eb211c80319c' },
    });
    assert.deepEqual(json(requestLine(seenRequest(record))), {
      time: '2026-11-29T20:02:20.591Z',
      tenant: 'demo01',
      user: 'jane',
      groups: ['team', 'system:authenticated'],
      verb: 'get',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'web',
      name: 'd',
      code: 200,
      end: 'whole',
      seconds: 0.012346,
      requestBytes: 0,
      responseBytes: 99,
      userAgent: 'kubectl/v1.37.2',
      clientAddress: '192.0.2.7',
      auditId: '0ef5420b-3566-4a45-a818-dd64c04015bf',
      traceId: '0af7651916cd43dd8448eb211c80319c',
    });
  });
});

describe('SumEvents', () => {
  const eventsOf = (count: number, refusal: KubeError, tenantId = 'demo01') =>
    Array.from({ length: count }, () => auditEvent(seenRequest(sampleRecord('GET', '/api/v1/nodes/n', { refusal, tenantId }))));
  const run = (events: AuditEvent[]) => {
    const written: AuditEvent[] = [];
    const sum = new SumEvents({ write: (event) => written.push(event), windowMs: 60_000 });
    for (const event of events) sum.add(event);
    const atOnce = written.length;
    sum.flush();
    const total = written.reduce((all, { annotations }) => all + Number(annotations?.['kubezoo.io/count'] ?? 1), 0);
    return { written, atOnce, total };
  };
  const TOO_MANY = new KubeError('TooManyRequests', 'too many', { retryAfterSeconds: 1 });

  it('writes the first of what is over a limit, and the rest as one with their number', () => {
    const { written, atOnce, total } = run(eventsOf(5_000, TOO_MANY));
    assert.deepEqual([atOnce, written.length, total], [1, 2, 5_000]);
    assert.deepEqual(problemsOfEvent(json(written[1])), []);
  });

  it('writes twenty of others', () => {
    const { written, atOnce, total } = run(eventsOf(21, FORBIDDEN));
    assert.deepEqual([atOnce, written.length, total], [20, 21, 21]);
    assert.equal(written[20]!.annotations?.['kubezoo.io/count'], undefined);
  });

  it('keeps tenants and reasons apart', () => {
    const { written, total } = run([...eventsOf(3, TOO_MANY), ...eventsOf(3, TOO_MANY, 'demo02'), ...eventsOf(3, FORBIDDEN)]);
    assert.deepEqual([written.length, total], [7, 9]);
  });

  it('begins anew with each window', () => {
    const written: AuditEvent[] = [];
    const sum = new SumEvents({ write: (event) => written.push(event), windowMs: 60_000 });
    for (const event of eventsOf(2, TOO_MANY)) {
      sum.add(event);
      sum.flush();
    }
    assert.equal(written.length, 2);
  });
});
