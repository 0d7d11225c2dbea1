import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { KubeError } from '../../../../src/errors.ts';
import type { AuditEvent } from '../../../../src/gateway/records/audit-event.ts';
import { registerRecordMetrics } from '../../../../src/gateway/records/record-metrics.ts';
import { Records } from '../../../../src/gateway/records/records.ts';
import { type RecordBatch, RecordRelay } from '../../../../src/gateway/records/relay.ts';
import { seenRequest } from '../../../../src/gateway/records/seen-request.ts';
import type { RequestLogMode } from '../../../../src/gateway/records/settings.ts';
import type { LocalOutcome } from '../../../../src/local/answer-request.ts';
import { OPERATOR, sampleRecord } from './sample-record.ts';

const FORBIDDEN = new KubeError('Forbidden', 'nodes is forbidden: nodes belong to the platform', { kind: 'nodes' });
const ANSWER: LocalOutcome = { code: 200, isOperator: false, error: undefined, body: undefined, hasBody: false };
const POD = '/api/v1/namespaces/web/pods/p';
const whole = (auditId: string) => sampleRecord('GET', POD, { auditId, code: 200, end: 'whole', route: 'upstream' });
const refused = (auditId: string) => sampleRecord('GET', '/api/v1/nodes', { auditId, refusal: FORBIDDEN });
const local = (auditId: string) => sampleRecord('POST', '/api/v1/nodes', { auditId, code: 0, end: 'whole', route: 'local' });
const operators = (auditId: string, method = 'POST') =>
  sampleRecord(method, '/apis/tenant.kubezoo.io/v1alpha1/tenants', {
    ...{
      auditId,
      route: 'local',
      code: 0,
      end: 'whole',
      caller: { identity: OPERATOR, tenant: undefined },
      tenantId: undefined,
      request: undefined,
    },
  });

describe('Records', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const linesOf = <Line>(name: string) =>
    readFileSync(at(name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const requestIds = () => linesOf<{ auditId: string }>('requests').map(({ auditId }) => auditId);
  const file = (name: string) => ({ path: at(name), maxSizeMiB: 1, maxFiles: 2 });
  const open = (requests: RequestLogMode | undefined, audit = true) =>
    new Records(
      {
        ...(requests && { requestLog: { ...file('requests'), requests } }),
        ...(audit && { audit: { ...file('audit'), level: 'Request' as const } }),
      },
      pino({ level: 'silent' }),
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-records-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('tells all, the refused, or none; and may be told another while it runs', async () => {
    const records = open('all');
    records.onRecord(whole('1'));
    records.onRecord(refused('2'));
    records.requestLogMode = 'refused';
    records.onRecord(whole('3'));
    records.onRecord(refused('4'));
    records.requestLogMode = 'off';
    records.onRecord(refused('5'));
    await records.close();
    assert.deepEqual(requestIds(), ['1', '2', '4']);
    assert.deepEqual(
      linesOf<AuditEvent>('audit').map(({ auditID }) => auditID),
      ['2', '4', '5'],
    );
  });

  it('knows how the local API has answered, whichever is told first', async () => {
    const records = open('all');
    const { answers } = records;
    answers!.begin('1');
    answers!.settle('1', { ...ANSWER, code: 403, error: FORBIDDEN });
    records.onRecord(local('1'));
    records.onRecord(local('2'));
    answers!.begin('2');
    answers!.settle('2', { ...ANSWER, code: 403, error: FORBIDDEN });
    answers!.begin('3');
    answers!.settle('3', ANSWER);
    records.onRecord(local('3'));
    await records.close();
    const codes = linesOf<{ auditId: string; code: number; reason?: string }>('requests').map(({ auditId, code, reason }) => [
      auditId,
      code,
      reason,
    ]);
    assert.deepEqual(codes, [
      ['1', 403, 'Forbidden'],
      ['2', 403, 'Forbidden'],
      ['3', 200, undefined],
    ]);
    assert.deepEqual(
      linesOf<AuditEvent>('audit').map(({ auditID, responseStatus }) => [auditID, responseStatus?.reason]),
      [
        ['1', 'Forbidden'],
        ['2', 'Forbidden'],
      ],
    );
  });

  it('tells the operator’s writes with what was sent, and not its reads', async () => {
    const records = open(undefined);
    const body = Buffer.from('{"metadata":{"name":"demo01"},"spec":{"limits":{"burst":5}}}');
    records.answers!.settle('1', { ...ANSWER, code: 201, isOperator: true, body });
    records.onRecord(operators('1'));
    records.answers!.settle('2', { ...ANSWER, isOperator: true });
    records.onRecord(operators('2', 'GET'));
    records.answers!.settle('3', {
      ...ANSWER,
      code: 422,
      isOperator: true,
      error: new KubeError('Invalid', 'Tenant "hunter2" is invalid: x'),
      hasBody: true,
    });
    records.onRecord(operators('3'));
    await records.close();
    const events = linesOf<AuditEvent>('audit');
    assert.deepEqual(
      events.map(({ auditID, level, responseStatus, requestObject }) => [auditID, level, responseStatus?.code, requestObject]),
      [
        ['1', 'Request', 201, { metadata: { name: 'demo01' }, spec: { limits: { burst: 5 } } }],
        ['3', 'Metadata', 422, undefined],
      ],
    );
    assert.doesNotMatch(JSON.stringify(events), /hunter2/);
  });

  it('tells at its end what still waits for an answer, and loses nothing', async () => {
    const records = open('all');
    records.onRecord(operators('1'));
    await records.close();
    assert.deepEqual(requestIds(), ['1']);
    assert.equal(linesOf<AuditEvent>('audit').length, 1);
  });

  it('is nothing where nothing is configured', async () => {
    const records = open(undefined, false);
    assert.equal(records.answers, undefined);
    records.requestLogMode = 'all';
    records.onRecord(whole('1'));
    records.onRecord(refused('2'));
    assert.equal(records.requestLogMode, 'off');
    await records.close();
  });

  it('tells /metrics what was written and what is lost', async () => {
    const records = open('refused');
    const registry = new Registry();
    registerRecordMetrics(registry, records);
    records.onRecord(refused('1'));
    records.onBatch({ type: 'records', seen: [seenRequest(refused('2'))], lost: 3 });
    const text = await registry.metrics();
    for (const log of ['requestLog', 'audit']) {
      assert.match(text, new RegExp(`kubezoo_log_lines_total\\{log="${log}"\\} 2\n`));
      assert.match(text, new RegExp(`kubezoo_log_lines_dropped_total\\{log="${log}"\\} 3\n`));
    }
    await records.close();
  });
});

describe('RecordRelay', () => {
  const settings = { audit: { path: '-', maxSizeMiB: 1, maxFiles: 1, level: 'Metadata' as const } };
  const open = (limit?: number) => {
    const batches: RecordBatch[] = [];
    return { batches, relay: new RecordRelay(settings, (batch) => batches.push(batch), limit) };
  };
  const count = (batches: readonly RecordBatch[]) => batches.reduce((sum, { seen }) => sum + seen.length, 0);

  it('sends what one turn of the event loop has brought as one message', async () => {
    const { batches, relay } = open();
    for (let index = 0; index < 10; index++) relay.onRecord(refused(String(index)));
    relay.onRecord(whole('no'));
    assert.equal(batches.length, 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      batches.map(({ seen }) => seen.length),
      [10],
    );
    assert.doesNotThrow(() => structuredClone(batches));
  });

  it('holds no more than a limit while the main thread is busy, and tells how many are missing', () => {
    const { batches, relay } = open(100);
    for (let index = 0; index < 250; index++) relay.onRecord(refused(String(index)));
    relay.flush();
    for (let index = 0; index < 50; index++) relay.onRecord(refused(String(index)));
    relay.flush();
    assert.equal(count(batches), 100);
    relay.onTaken(100);
    const lost = batches.reduce((sum, batch) => sum + batch.lost, 0);
    assert.equal(count(batches) + lost, 300);
    relay.onRecord(refused('again'));
    relay.flush();
    assert.equal(count(batches), 101);
  });
});
