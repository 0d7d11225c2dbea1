import assert from 'node:assert/strict';
import { CursorSealer } from '../../../src/collections/cursor.ts';
import type { KubeError } from '../../../src/errors.ts';
import { asksForPast } from '../../../src/gateway/asks-for-past.ts';
import { parseRequest } from '../../../src/kube/request-info.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { findRow } from '../../../src/translate/find-row.ts';
import { toUpstreamToken } from '../../../src/upstream/continue-token.ts';

const cursors = new CursorSealer(Buffer.alloc(32));
const BEGUN = { firstResourceVersion: '100' };
const IN_ONE = '/api/v1/namespaces/web/configmaps';
const OWN = '/apis/acme.io/v1/widgets';

/** 'goes on', 'Expired', or the refusal. @param latest what upstream's collection shows now */
async function check(target: string, status: Tenant['status'] | null = BEGUN, latest: number | undefined | Error = 500, method = 'GET') {
  const [path, search] = target.split('?', 2) as [string, string?];
  const query = new URLSearchParams(search);
  const request = parseRequest(method, path, query);
  assert.ok(request.type === 'resource');
  const row = findRow(request.group, request.version, request.resource, {})!;
  const asked: string[] = [];
  const tenant = { metadata: { name: 'demo01' }, ...(status && { status }) } as Tenant;
  const latestRevision = async (upstreamPath: string) => {
    asked.push(upstreamPath);
    if (latest instanceof Error) throw latest;
    return latest;
  };
  try {
    const isPast = await asksForPast({ tenantId: 'demo01', request, row, query, cursors }, tenant, { latestRevision });
    return { outcome: isPast ? 'Expired' : 'goes on', asked };
  } catch (thrown) {
    return { outcome: (thrown as KubeError).reason, asked };
  }
}
const outcomeOf = async (...args: Parameters<typeof check>) => (await check(...args)).outcome;
const sealed = (revision: number) =>
  cursors.seal({ revision, start: 'demo01-web/a' }, { tenantId: 'demo01', collection: 'widgets.acme.io' });

describe('what is from before a tenant’s beginning, of what upstream answers', () => {
  for (const path of [IN_ONE, OWN, `${OWN.replace('widgets', 'namespaces/web/widgets')}`]) {
    it(`is too old: ${path}`, async () => {
      for (const query of [
        'resourceVersion=99&resourceVersionMatch=Exact',
        'resourceVersion=99&limit=1',
        'resourceVersion=0099&limit=1',
        'watch=1&resourceVersion=1',
        'watch=1&resourceVersion=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan',
      ]) {
        assert.equal(await outcomeOf(`${path}?${query}`), 'Expired', query);
      }
      for (const query of [
        '',
        'resourceVersion=0&limit=1',
        'resourceVersion=',
        'resourceVersion=100&limit=1',
        'resourceVersion=99',
        'resourceVersion=99&limit=0',
        'resourceVersion=99&resourceVersionMatch=NotOlderThan&limit=1',
        'watch=1&resourceVersion=101',
        'watch=1&resourceVersion=0',
        'watch=1&resourceVersion=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
        'watch=1&resourceVersion=x',
        // These upstream refuses.
        'resourceVersion=99&limit=x',
        'resourceVersion=99&resourceVersionMatch=x',
        'watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan',
      ]) {
        assert.equal(await outcomeOf(`${path}?${query}`), 'goes on', query);
      }
    });
  }

  it('is told by where a list goes on', async () => {
    for (const [path, token] of [
      [OWN, sealed],
      [IN_ONE, (revision: number) => toUpstreamToken({ revision, start: 'a' })],
    ] as const) {
      assert.equal(await outcomeOf(`${path}?continue=${token(99)}`), 'Expired', path);
      for (const revision of [-1, 100]) assert.equal(await outcomeOf(`${path}?continue=${token(revision)}`), 'goes on', path);
    }
    assert.equal(await outcomeOf(`${OWN}?continue=${toUpstreamToken({ revision: 200, start: 'a' })}`), 'BadRequest');
  });

  it('is not got at by a token that upstream reads otherwise', async () => {
    for (const text of ['{"v":"meta.k8s.io/v1","RV":99,"start":"a"}', '{"v":"meta.k8s.io/v1","rv":-1,"Rv":99,"start":"a"}', '[]', 'x']) {
      assert.equal(await outcomeOf(`${IN_ONE}?continue=${Buffer.from(text).toString('base64url')}`), 'BadRequest', text);
    }
  });

  it('is not deleted either', async () => {
    assert.equal(await outcomeOf(`${IN_ONE}?resourceVersion=99&limit=1`, BEGUN, 500, 'DELETE'), 'Expired');
  });

  it('is nothing to the rest', async () => {
    assert.equal(await outcomeOf(`${IN_ONE}/x?resourceVersion=99`), 'goes on');
    assert.equal(await outcomeOf(`${IN_ONE}?resourceVersion=99&limit=1`, BEGUN, 500, 'POST'), 'goes on');
  });

  it('is all that has a number, before the controller has begun; nothing, where nobody noted the beginning', async () => {
    assert.equal(await outcomeOf(`${IN_ONE}?resourceVersion=999999&limit=1`, null), 'Expired');
    assert.equal(await outcomeOf(IN_ONE, null), 'goes on');
    assert.equal(await outcomeOf(`${IN_ONE}?resourceVersion=1&limit=1`, { phase: 'Ready' }), 'goes on');
  });

  it('cannot be said of a kind with other numbers: what is behind the beginning even now is let through', async () => {
    assert.deepEqual(await check(`${OWN}?resourceVersion=50&limit=1`, BEGUN, 60), {
      outcome: 'goes on',
      asked: ['/apis/demo01-acme.io/v1/widgets'],
    });
    // Nobody can say.
    assert.equal(await outcomeOf(`${OWN}?resourceVersion=50&limit=1`, BEGUN, undefined), 'Expired');
    assert.equal(await outcomeOf(`${OWN}?resourceVersion=50&limit=1`, BEGUN, new Error('upstream is away')), 'Expired');
    // And is asked only where it matters.
    assert.deepEqual((await check(`${OWN}?resourceVersion=150&limit=1`)).asked, []);
  });
});
