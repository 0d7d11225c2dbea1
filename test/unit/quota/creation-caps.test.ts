import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import type { ResourceRequest, Verb } from '../../../src/kube/request-info.ts';
import { QuotaGate } from '../../../src/quota/quota-gate.ts';
import type { KeyStore } from '../../../src/tenants/etcd-keys.ts';
import { StoreError } from '../../../src/tenants/store.ts';
import { TENANT_API_VERSION, type Tenant } from '../../../src/tenants/tenant.ts';
import { findRow } from '../../../src/translate/find-row.ts';
import { createJsonClient } from '../../../src/upstream/json-client.ts';

const NO_QUERY = new URLSearchParams();

describe('caps on cluster-scoped kinds', () => {
  let existing: string[];
  let held: Map<string, string>;
  let revision: number;
  let keys: KeyStore;

  beforeEach(() => {
    existing = ['demo01-default', 'demo01-one', 'demo012-x', 'platform'];
    held = new Map();
    revision = 0;
    keys = {
      list: async (prefix) =>
        [...held]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, createRevision]) => ({ key, value: '', revision: createRevision, createRevision })),
      hold: async (key) => {
        const createRevision = String(++revision);
        held.set(key, createRevision);
        return { createRevision, release: async () => void held.delete(key) };
      },
      get: () => Promise.reject(new Error('not read here')),
      put: () => Promise.reject(new Error('not written here')),
      delete: () => Promise.reject(new Error('not deleted here')),
      close: () => {},
    };
  });

  const upstream = createJsonClient({
    request: async () => ({
      status: 200,
      headers: {},
      body: Buffer.from(JSON.stringify({ items: existing.map((name) => ({ metadata: { name } })), metadata: {} })),
    }),
    stream: () => Promise.reject(new Error('no watches here')),
    close: () => {},
  });

  function ask(
    hard: Record<string, string> | undefined,
    verb: Verb,
    name?: string,
    more: { contentType?: string; query?: URLSearchParams } = {},
  ) {
    const gate = new QuotaGate({ upstream, keys, defaults: { 'count/namespaces': 3 } });
    const tenant: Tenant = {
      apiVersion: TENANT_API_VERSION,
      kind: 'Tenant',
      metadata: { name: 'demo01' },
      spec: hard ? { quota: { hard } } : {},
    };
    const request: ResourceRequest = {
      ...{ type: 'resource', verb, group: '', version: 'v1', resource: 'namespaces', rest: '' },
      ...{ namespace: undefined, name, subresource: undefined },
    };
    const { contentType = 'application/json', query = NO_QUERY } = more;
    return gate.hold({ tenant, request, row: findRow('', 'v1', 'namespaces', {})!, contentType, query });
  }

  it('the configuration’s holds where the tenant has none of its own', async () => {
    const release = await ask(undefined, 'create');
    assert.equal(held.size, 1);
    existing.push('demo01-two');
    release!();
    await assert.rejects(
      ask(undefined, 'create')!,
      (thrown) => thrown instanceof KubeError && thrown.code === 403 && /limited: count\/namespaces=3$/.test(thrown.message),
    );
    assert.equal(held.size, 0);
    (await ask({ 'count/namespaces': '4' }, 'create'))!();
    assert.equal(held.size, 0);
  });

  it('one waits for those before it, and passes when they came to nothing', async () => {
    const first = await ask(undefined, 'create');
    const second = ask(undefined, 'create')!;
    assert.equal(await Promise.race([second.then(() => 'passed'), new Promise((resolve) => setTimeout(resolve, 150, 'waits'))]), 'waits');
    first!();
    (await second)();
  });

  it('what is there may be applied, and other requests are not held up', async () => {
    existing.push('demo01-two');
    (await ask(undefined, 'patch', 'one', { contentType: 'application/apply-patch+yaml' }))!();
    await assert.rejects(ask(undefined, 'patch', 'new', { contentType: 'application/apply-patch+yaml' })!, /exceeded quota/);
    assert.equal(ask(undefined, 'patch', 'one', { contentType: 'application/merge-patch+json' }), undefined);
    assert.equal(ask(undefined, 'delete', 'one'), undefined);
    assert.equal(ask(undefined, 'update', 'one'), undefined);
    await assert.rejects(ask(undefined, 'create', undefined, { query: new URLSearchParams('dryRun=All') })!, /exceeded quota/);
  });

  it('is 503 where nobody can count', async () => {
    keys = { ...keys, hold: () => Promise.reject(new StoreError('Unavailable', 'etcd: away')) };
    await assert.rejects(ask(undefined, 'create')!, (thrown) => thrown instanceof KubeError && thrown.code === 503);
  });
});
