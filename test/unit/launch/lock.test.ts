import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from '../../../src/launch/state/lock.ts';
import { beginOf } from '../../../src/launch/state/process-identity.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

describe('acquireLock', () => {
  const folder = useTemporaryFolder();
  const file = () => join(folder(), 'a.lock');
  const take = () => {
    const attempt = acquireLock(file());
    assert.ok(attempt.held);
    return attempt;
  };

  it('gives the lock to one at a time, and says who has it', () => {
    const lock = take();
    assert.deepEqual(acquireLock(file()), { held: false, holder: process.pid });
    lock.release();
    assert.equal(existsSync(file()), false);
    take().release();
  });
  it('takes over from a process that is gone', () => {
    // Above the largest id that systems give.
    writeFileSync(file(), '99999999 123 0');
    take();
    assert.deepEqual(readdirSync(folder()), ['a.lock']);
  });
  it('takes over when the id belongs to another process by now', () => {
    writeFileSync(file(), `${process.ppid} not-${beginOf(process.ppid)} 0`);
    take();
  });
  it('respects a living process of another id', () => {
    writeFileSync(file(), `${process.ppid} ${beginOf(process.ppid)} 0`);
    assert.deepEqual(acquireLock(file()), { held: false, holder: process.ppid });
  });
  it('takes over a damaged lock', () => {
    writeFileSync(file(), 'nonsense');
    take();
  });
  it('does not release what another has taken since', () => {
    const lock = take();
    writeFileSync(file(), 'another');
    lock.release();
    assert.equal(readFileSync(file(), 'utf8'), 'another');
  });
});
