import assert from 'node:assert/strict';
import { SuspensionKeeper } from '../../../src/controller/platform/suspension-keeper.ts';
import { suspendPolicy } from '../../../src/controller/policies/suspend.ts';
import { TENANT_API_VERSION, type Tenant } from '../../../src/tenants/tenant.ts';
import { createJsonClient } from '../../../src/upstream/json-client.ts';
import { FakeUpstream } from './support/fake-upstream.ts';

const POLICY = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/kubezoo-suspend';

function tenant(name: string, suspended: boolean, deletionTimestamp?: string): Tenant {
  const metadata = { name, ...(deletionTimestamp && { deletionTimestamp }) };
  return { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata, spec: suspended ? { suspension: { mode: 'Frozen' } } : {} };
}

describe('the list of suspended tenants upstream', () => {
  let upstream: FakeUpstream;
  let keeper: SuspensionKeeper;
  beforeEach(() => {
    upstream = new FakeUpstream();
    keeper = new SuspensionKeeper(createJsonClient(upstream));
  });

  const listed = () => /in (\[.*?\])/.exec(JSON.stringify(upstream.objects.get(POLICY)?.spec ?? '').replaceAll('\\', ''))?.[1];

  it('is written when all are known, and names those that are suspended and not being deleted', async () => {
    keeper.note('demo02', tenant('demo02', true));
    keeper.note('demo01', tenant('demo01', true));
    keeper.note('demo03', tenant('demo03', false));
    keeper.note('demo04', tenant('demo04', true, '2026-01-01T00:00:00Z'));
    assert.deepEqual(await keeper.apply(), []);
    assert.equal(listed(), undefined);
    assert.ok(keeper.complete());
    assert.deepEqual((await keeper.apply()).sort(), ['demo01', 'demo02']);
    assert.equal(listed(), '["demo01","demo02"]');
    assert.ok(keeper.isInForce('demo01') && !keeper.isInForce('demo04'));
  });

  it('stays as it is while all are read again', async () => {
    keeper.note('demo01', tenant('demo01', true));
    keeper.complete();
    await keeper.apply();
    keeper.restart();
    assert.deepEqual(await keeper.apply(), []);
    assert.equal(listed(), '["demo01"]');
    assert.ok(keeper.isInForce('demo01'));
  });

  it('loses who is resumed, deleted or gone, and ends with the last', async () => {
    for (const name of ['demo01', 'demo02', 'demo03']) keeper.note(name, tenant(name, true));
    keeper.complete();
    await keeper.apply();
    assert.ok(keeper.note('demo01', tenant('demo01', false)));
    assert.ok(keeper.note('demo02', undefined));
    assert.deepEqual((await keeper.apply()).sort(), ['demo01', 'demo02']);
    assert.equal(listed(), '["demo03"]');
    assert.ok(!keeper.note('demo03', tenant('demo03', true)));
    keeper.note('demo03', tenant('demo03', true, '2026-01-01T00:00:00Z'));
    await keeper.apply();
    assert.deepEqual(upstream.paths, []);
  });

  it('is split before an expression becomes longer than upstream takes', () => {
    const ids = Array.from({ length: 25_000 }, (_, index) => `t${String(index).padStart(5, '0')}`);
    const { validations } = (suspendPolicy(ids)[0]!.object as unknown as { spec: { validations: { expression: string }[] } }).spec;
    assert.equal(validations.length, 3);
    for (const { expression } of validations) assert.ok(expression.length < 100_000);
    const listedIds = validations.flatMap(({ expression }) => JSON.parse(expression.slice(expression.indexOf('['), -1)) as string[]);
    assert.deepEqual(listedIds, ids);
  });
});
