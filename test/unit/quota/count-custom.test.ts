import assert from 'node:assert/strict';
import { countOwnClusterScoped } from '../../../src/controller/quota/count-custom.ts';
import { createJsonClient } from '../../../src/upstream/json-client.ts';

const KEY = 'count/bars.demo01-acme.io';
const DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bars.demo01-acme.io';

describe('countOwnClusterScoped', () => {
  const clientOf = (answers: Readonly<Record<string, object>>) =>
    createJsonClient({
      request: async ({ path }) => {
        const answer = answers[path];
        const body = Buffer.from(JSON.stringify(answer ?? { kind: 'Status', reason: 'NotFound', code: 404 }));
        return { status: answer ? 200 : 404, headers: {}, body };
      },
      stream: () => Promise.reject(new Error('no watches here')),
      close: () => {},
    });
  const definition = (scope: string) => ({
    metadata: { name: 'bars.demo01-acme.io' },
    spec: {
      scope,
      versions: [
        { name: 'v1', served: true, storage: false },
        { name: 'v2', served: true, storage: true },
      ],
    },
  });
  const two = { items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }], metadata: {} };

  it('counts what is there, as it is stored', async () => {
    const client = clientOf({ [DEFINITION]: definition('Cluster'), '/apis/demo01-acme.io/v2/bars': two });
    assert.equal(await countOwnClusterScoped(client, KEY), 2);
  });
  it('leaves to ResourceQuotas what has a namespace, and what is not defined counts nothing', async () => {
    const client = clientOf({ [DEFINITION]: definition('Namespaced'), '/apis/demo01-acme.io/v2/bars': two });
    assert.equal(await countOwnClusterScoped(client, KEY), 0);
    assert.equal(await countOwnClusterScoped(clientOf({}), KEY), 0);
    assert.equal(await countOwnClusterScoped(clientOf({}), 'pods'), 0);
  });
  it('tells the rest although the tenant’s own converter fails', async () => {
    assert.equal(await countOwnClusterScoped(clientOf({ [DEFINITION]: definition('Cluster') }), KEY), 0);
  });
});
