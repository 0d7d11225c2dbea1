import assert from 'node:assert/strict';
import { CommandError } from '../../../src/cli/tenant/command-error.ts';
import { createTenant } from '../../../src/cli/tenant/create-tenant.ts';
import { parseLimitNames } from '../../../src/cli/tenant/limit-flags.ts';
import { changeLimits } from '../../../src/cli/tenant/limits.ts';
import { resumeTenant, suspendTenant } from '../../../src/cli/tenant/suspension.ts';
import type { TenantApi } from '../../../src/cli/tenant/tenant-api.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { sampleTenant } from './sample-tenant.ts';

describe('commands that change a tenant', () => {
  let sent: unknown[];
  let said: string[];
  const { log, error } = console;
  beforeEach(() => {
    sent = [];
    said = [];
    console.log = (line: string) => said.push(line);
    console.error = (line: string) => said.push(`! ${line}`);
  });
  afterEach(() => Object.assign(console, { log, error }));

  /** Answers GETs with one tenant after the other, the last one for ever; a write with `written`. */
  function apiOf(written: Tenant, ...read: Tenant[]): TenantApi {
    return {
      async request(method, id, options) {
        if (method === 'GET') return read.length > 1 ? read.shift() : read[0];
        sent.push([method, id, options?.body]);
        return written;
      },
      watch: () => assert.fail('nothing is watched'),
      close() {},
    };
  }
  const at = (generation: number, observedGeneration = generation, more: Parameters<typeof sampleTenant>[1] = {}) =>
    sampleTenant('abc123', { metadata: { generation, ...more.metadata }, status: { observedGeneration, ...more.status } });
  const suspended = (status: string) => ({
    status: { conditions: [{ type: 'Suspended', status, reason: '', message: '', lastTransitionTime: '' }] },
  });

  it('suspend, and wait for the controller to have seen it', async () => {
    await suspendTenant(apiOf(at(2, 1), at(1), at(2, 1), at(2)), 'abc123', 'Frozen', 'unpaid', 5_000);
    assert.deepEqual(sent, [['PATCH', 'abc123', { spec: { suspension: { mode: 'Frozen', reason: 'unpaid' } } }]]);
    assert.deepEqual(said, ['tenant.tenant.kubezoo.io/abc123 suspended (Frozen)']);
  });
  it('take the reason of an earlier suspension away', async () => {
    await suspendTenant(apiOf(at(2), at(2)), 'abc123', 'ReadOnly', undefined, undefined);
    assert.deepEqual(sent, [['PATCH', 'abc123', { spec: { suspension: { mode: 'ReadOnly', reason: null } } }]]);
    assert.deepEqual(said, ['tenant.tenant.kubezoo.io/abc123 is suspended already (ReadOnly)']);
  });
  it('wait for the condition that says so, where there is one', async () => {
    const waited = suspendTenant(apiOf(at(2), at(1), at(2, 2, suspended('False'))), 'abc123', 'Frozen', undefined, 1);
    await assert.rejects(waited, /timed out waiting for tenant "abc123" to be suspended; what you asked for is written down/);
    await suspendTenant(
      apiOf(at(2), at(1), at(2, 2, suspended('False')), at(2, 2, suspended('True'))),
      'abc123',
      'Frozen',
      undefined,
      5_000,
    );
    await resumeTenant(apiOf(at(3), at(2), at(3, 3, suspended('True')), at(3, 3, suspended('False'))), 'abc123', 5_000);
    assert.deepEqual(said.at(-1), 'tenant.tenant.kubezoo.io/abc123 resumed');
  });
  it('resume', async () => {
    await resumeTenant(apiOf(at(3), at(2), at(3)), 'abc123', 5_000);
    await resumeTenant(apiOf(at(3), at(3)), 'abc123', undefined);
    assert.deepEqual(sent[0], ['PATCH', 'abc123', { spec: { suspension: null } }]);
    assert.deepEqual(said, ['tenant.tenant.kubezoo.io/abc123 resumed', 'tenant.tenant.kubezoo.io/abc123 is not suspended']);
  });
  it('say that no controller has seen it', async () => {
    const waited = suspendTenant(apiOf(at(2, 1), at(1), at(2, 1)), 'abc123', 'Frozen', undefined, 1);
    await assert.rejects(waited, (thrown) => thrown instanceof CommandError && /The controller has not seen it yet/.test(thrown.message));
  });
  it('do not wait for a tenant that goes, or went', async () => {
    const ending = at(2, 2, { metadata: { deletionTimestamp: '2026-11-02T00:00:00Z' } });
    await assert.rejects(suspendTenant(apiOf(ending, at(1)), 'abc123', 'Frozen', undefined, undefined), /is being deleted/);
    const another = at(2, 2, { metadata: { uid: 'another' } });
    await assert.rejects(resumeTenant(apiOf(at(2), at(1), another), 'abc123', 5_000), /is now another one/);
  });

  it('go on waiting where no gateway answers for a while, and end at once where one refuses', async () => {
    const meeting = (answers: (Tenant | CommandError)[]): TenantApi => ({
      ...apiOf(at(2)),
      async request(method) {
        const answer = method === 'GET' ? (answers.shift() ?? assert.fail('asked once more')) : at(2);
        if (answer instanceof CommandError) throw answer;
        return answer;
      },
    });
    const away = [new CommandError('refused'), new CommandError('unavailable', { status: 503 })];
    await suspendTenant(meeting([at(1), ...away, at(2)]), 'abc123', 'Frozen', undefined, 60_000);
    assert.deepEqual(said, ['tenant.tenant.kubezoo.io/abc123 suspended (Frozen)']);
    const refusing = meeting([at(1), new CommandError('forbidden', { status: 403 })]);
    await assert.rejects(suspendTenant(refusing, 'abc123', 'Frozen', undefined, 60_000), /forbidden/);
  });

  it('create, with what was said, and wait until it can be used', async () => {
    const pending = sampleTenant('abc123', { status: { phase: 'Pending' } });
    await createTenant(apiOf(pending, pending, at(1)), 'abc123', { upstream: 'west' }, { waitMs: 5_000 });
    await assert.rejects(
      createTenant(apiOf(pending, pending), 'abc123', { upstream: 'west' }, { waitMs: 1 }),
      /timed out waiting for tenant "abc123" to be ready/,
    );
    said.pop();
    sent.pop();
    const body = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: 'abc123' }, spec: { upstream: 'west' } };
    assert.deepEqual(sent, [['POST', undefined, body]]);
    assert.deepEqual(said, ['tenant.tenant.kubezoo.io/abc123 created', 'tenant.tenant.kubezoo.io/abc123 ready']);
  });

  it('change limits by a merge patch, and tell which annotation is left in force', async () => {
    const annotated = at(2, 2, { metadata: { annotations: { 'tce.kubezoo/burst': '9' } } });
    await changeLimits(apiOf(annotated, at(1)), 'abc123', { requestsPerSecond: 5 }, parseLimitNames('burst'));
    assert.deepEqual(sent, [['PATCH', 'abc123', { spec: { limits: { requestsPerSecond: 5, burst: null } } }]]);
    assert.deepEqual(said, [
      'tenant.tenant.kubezoo.io/abc123 limits changed',
      '! note: burst is now 9, by the annotation tce.kubezoo/burst',
    ]);
    await assert.rejects(changeLimits(apiOf(at(1), at(1)), 'abc123', { burst: 1 }, parseLimitNames('burst')), /contradict/);
    assert.equal(sent.length, 1);
  });
});
