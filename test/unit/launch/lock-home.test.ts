import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../../../src/launch/launch-error.ts';
import { homeAt } from '../../../src/launch/state/home.ts';
import { lockHome } from '../../../src/launch/state/lock-home.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

describe('lockHome', () => {
  const folder = useTemporaryFolder();
  const refusal = (root: string) => {
    try {
      lockHome(homeAt(root));
    } catch (error) {
      return describeError(error);
    }
    return assert.fail('it was taken');
  };

  it('says which folder cannot be written, and why, without a stack', () => {
    writeFileSync(join(folder(), 'file'), '');
    const said = refusal(join(folder(), 'file/home'));
    assert.match(said, /^The state folder .*file\/home cannot be written: ENOTDIR: .*\n.*--home/);
    assert.doesNotMatch(said, /^ +at /m);
  });
  it('takes a folder for one process at a time', () => {
    const release = lockHome(homeAt(folder()));
    assert.match(refusal(folder()), /is already running/);
    release();
    lockHome(homeAt(folder()))();
  });
});
