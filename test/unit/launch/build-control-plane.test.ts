import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SILENT } from '../../../src/launch/progress.ts';
import { buildControlPlane, sourceHash } from '../../../src/launch/tools/build-control-plane.ts';
import { formatElapsed } from '../../../src/launch/tools/go-build.ts';
import { useTemporaryFolder } from './temporary-folder.ts';
import { writeProgram } from './write-program.ts';

/** Stands for Go: builds a program that says its name. */
const FAKE_GO = `
echo "$1" >> "$(dirname "$0")/calls"
case $1 in
  list) echo stale; echo 'not installed but available in build cache' ;;
  build)
    echo some/package >&2
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
    printf '#!/bin/sh\\nbasename "$0"\\n' > "$out"; chmod +x "$out" ;;
esac`;

describe('buildControlPlane', () => {
  const folder = useTemporaryFolder();
  const at = (...parts: string[]) => join(folder(), ...parts);
  const env = () => ({ PATH: `${at('path')}:${process.env.PATH}`, XDG_CACHE_HOME: at('cache') });
  const calls = () => readFileSync(at('path', 'calls'), 'utf8').trim().split('\n');

  it('builds once and links the four names', async () => {
    writeProgram(at('path', 'go'), FAKE_GO);
    const built = await buildControlPlane(SILENT, undefined, env());
    assert.equal(execFileSync(join(built, 'kube-apiserver'), { encoding: 'utf8' }), 'kube-apiserver\n');
    assert.deepEqual(readdirSync(built).sort(), ['control-plane', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
    assert.equal(await buildControlPlane(SILENT, undefined, env()), built);
    assert.deepEqual(calls(), ['version', 'mod', 'list', 'build']);
  });
  it('builds once for two that start together', async () => {
    writeProgram(at('path', 'go'), FAKE_GO);
    const [one, other] = await Promise.all([buildControlPlane(SILENT, undefined, env()), buildControlPlane(SILENT, undefined, env())]);
    assert.equal(one, other);
    assert.equal(calls().filter((call) => call === 'build').length, 1);
  });
  it("leaves nothing behind when the build fails, and shows the compiler's words", async () => {
    writeProgram(at('path', 'go'), '[ "$1" = build ] || exit 0; echo "disk is full" >&2; exit 2');
    await assert.rejects(buildControlPlane(SILENT, undefined, env()), /Building Kubernetes failed:\ndisk is full/);
    assert.deepEqual(readdirSync(at('cache', 'kubezoo', 'control-plane')), []);
  });
  it('ends the compiler when it is told to stop', async () => {
    writeProgram(at('path', 'go'), `[ "$1" = build ] || exit 0; echo $$ > "${at('pid')}"; exec sleep 600`);
    const controller = new AbortController();
    const built = buildControlPlane(
      {
        ...SILENT,
        update: (line) => void (line.startsWith('compiling') && existsSync(at('pid')) && controller.abort(new Error('enough'))),
      },
      controller.signal,
      env(),
    );
    await assert.rejects(built, /enough/);
    const pid = Number(readFileSync(at('pid'), 'utf8'));
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
});

describe('sourceHash', () => {
  const folder = useTemporaryFolder();
  it('changes with each of the three files', () => {
    const hashes = new Set<string>();
    mkdirSync(join(folder(), 'source'));
    const put = (file: string, text: string) => writeFileSync(join(folder(), 'source', file), text);
    for (const file of ['go.mod', 'go.sum', 'main.go']) put(file, '');
    hashes.add(sourceHash(join(folder(), 'source')));
    for (const file of ['go.mod', 'go.sum', 'main.go']) {
      put(file, `new ${file}`);
      hashes.add(sourceHash(join(folder(), 'source')));
    }
    assert.equal(hashes.size, 4);
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{16}$/);
  });
});

describe('formatElapsed', () => {
  it('shows minutes and seconds', () => {
    assert.equal(formatElapsed(59_999), '0:59');
    assert.equal(formatElapsed(605_000), '10:05');
  });
});
