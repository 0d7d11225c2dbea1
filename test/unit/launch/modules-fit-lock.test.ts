import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useTemporaryFolder } from './temporary-folder.ts';

const { modulesFitLock } = (await import(new URL('../../../bin/ensure-modules.mjs', import.meta.url).href)) as {
  modulesFitLock(root: string): boolean;
};

type Packages = Record<string, { integrity?: string; optional?: boolean }>;

describe('modulesFitLock', () => {
  const folder = useTemporaryFolder();
  const locked: Packages = {
    '': {},
    'node_modules/a': { integrity: 'sha512-a' },
    'node_modules/for-another-system': { integrity: 'sha512-b', optional: true },
  };
  const fits = (installed: Packages | undefined) => {
    mkdirSync(join(folder(), 'node_modules'));
    writeFileSync(join(folder(), 'package-lock.json'), JSON.stringify({ packages: locked }));
    if (installed) writeFileSync(join(folder(), 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
    return modulesFitLock(folder());
  };

  it('is content when all that this machine can have is there', () => {
    assert.equal(fits({ 'node_modules/a': { integrity: 'sha512-a' } }), true);
  });
  it('is not content before the first installation, or after one that was cut off', () => {
    assert.equal(fits(undefined), false);
  });
  it('is not content with another version', () => {
    assert.equal(fits({ 'node_modules/a': { integrity: 'sha512-other' } }), false);
  });
  it('is not content with a package missing, or one too many', () => {
    assert.equal(fits({}), false);
    writeFileSync(
      join(folder(), 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { integrity: 'sha512-a' }, 'node_modules/left-over': {} } }),
    );
    assert.equal(modulesFitLock(folder()), false);
  });
  it('says so when there is no lock at all', () => {
    mkdirSync(join(folder(), 'node_modules'));
    writeFileSync(join(folder(), 'node_modules', '.package-lock.json'), '{"packages":{}}');
    assert.throws(() => modulesFitLock(folder()), /no readable package-lock\.json/);
  });
});
