import assert from 'node:assert/strict';
import { anatomy, differences } from '../../soak/chaos/keys-of-tenant.ts';
import { strayWrites, type Term } from '../../soak/chaos/leader-record.ts';

describe('what the chaos run finds', () => {
  const terms: Term[] = [
    { candidate: 'host/1', user: 'one', from: 100, until: 200 },
    { candidate: 'host/2', user: 'two', from: 210, until: 300 },
  ];
  const write = (user: string, at: number) => ({ user, at, what: 'patch /x' });

  it('a write of one controller in the term of another', () => {
    assert.deepEqual(strayWrites(terms, [write('one', 150), write('two', 250), write('one', 205)]), []);
    assert.equal(strayWrites(terms, [write('one', 211), write('two', 199)]).length, 2);
  });

  it('a term has no end before it is over', () => {
    assert.equal(strayWrites([{ ...terms[0]!, until: Number.POSITIVE_INFINITY }], [write('two', 1e9)]).length, 1);
  });

  it('a tenant that lacks something, or has more', () => {
    const model = anatomy(
      ['/registry/namespaces/model0-default', '/kubezoo/tenants/model0', '/registry/events/model0-default/x'],
      'model0',
    );
    assert.deepEqual(model, ['/kubezoo/tenants/ID', '/registry/namespaces/ID-default']);
    const keys = [
      '/kubezoo/tenants/chaos1',
      '/registry/secrets/chaos1-default/x',
      '/registry/configmaps/chaos1-used-by-chaos/used-by-chaos',
    ];
    assert.deepEqual(differences(model, anatomy(keys, 'chaos1')), [
      'without /registry/namespaces/ID-default',
      'with /registry/secrets/ID-default/x',
    ]);
    assert.deepEqual(differences(model, anatomy(['/registry/namespaces/chaos2-default', '/kubezoo/tenants/chaos2'], 'chaos2')), []);
  });
});
