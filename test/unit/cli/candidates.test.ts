import assert from 'node:assert/strict';
import { candidates } from '../../../src/cli/completion/candidates.ts';
import { buildProgram } from '../../../src/cli/program.ts';

describe('completion', () => {
  const homes: (string | undefined)[] = [];
  const tenantIds = (home: string | undefined) => {
    homes.push(home);
    return home === 'other' ? ['zzz999'] : ['abc123', 'team-a'];
  };
  const complete = (...words: string[]) => {
    const { words: found, files } = candidates(buildProgram(), words, tenantIds);
    return files ? 'files' : found.map(({ word }) => word);
  };

  it('offers commands', () => {
    assert.deepEqual(complete('ten'), ['tenant']);
    assert.deepEqual(complete('tenant', 'l'), ['list', 'limits']);
    assert.ok(!complete('').includes('__complete'));
  });
  it('offers flags, and what may stand behind one', () => {
    assert.deepEqual(complete('tenant', 'suspend', 'abc123', '--m'), ['--mode']);
    assert.deepEqual(complete('tenant', 'suspend', 'abc123', '--mode', ''), ['ReadOnly', 'Frozen']);
    assert.deepEqual(complete('tenant', 'suspend', '--mode=F'), ['Frozen']);
    // As bash cuts it.
    assert.deepEqual(complete('tenant', 'suspend', '--mode', '=', 'F'), ['Frozen']);
    assert.deepEqual(complete('tenant', 'suspend', '--mode', '='), ['ReadOnly', 'Frozen']);
    assert.deepEqual(complete('tenant', 'get', '-o', 'y'), ['yaml']);
  });
  it('offers tenants of the state folder that was named', () => {
    assert.deepEqual(complete('tenant', 'suspend', 'te'), ['team-a']);
    assert.deepEqual(complete('tenant', 'suspend', '--mode', 'Frozen', ''), ['abc123', 'team-a']);
    assert.deepEqual(complete('tenant', 'get', '--home', 'other', ''), ['zzz999']);
    assert.deepEqual(complete('tenant', 'get', '--home=other', ''), ['zzz999']);
    assert.equal(homes[0], undefined);
  });
  it('offers each argument once', () => {
    assert.deepEqual(complete('tenant', 'suspend', 'abc123', ''), []);
  });
  it('leaves files to the shell', () => {
    assert.equal(complete('restore', ''), 'files');
    assert.equal(complete('tenant', 'list', '--kubeconfig', 'x'), 'files');
    assert.equal(complete('tenant', 'list', '--home='), 'files');
  });
  it('offers shells', () => {
    assert.deepEqual(complete('completion', ''), ['bash', 'zsh', 'fish']);
  });
  it('offers nothing behind what nobody knows, or where anything may stand', () => {
    assert.deepEqual(complete('nonsense', ''), []);
    assert.deepEqual(complete('tenant', 'suspend', 'abc123', '--reason', ''), []);
    assert.deepEqual(complete('tenant', 'limits', '--qps', ''), []);
  });
});
