import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LineFile } from '../../../../src/gateway/records/line-file.ts';
import { waitUntil } from '../../../../src/launch/wait-until.ts';

describe('LineFile', () => {
  let folder: string;
  const troubles: unknown[] = [];
  const open = (options: Partial<ConstructorParameters<typeof LineFile>[0]> = {}) =>
    new LineFile({
      ...{ path: join(folder, 'audit.log'), maxBytes: 1e9, maxFiles: 3, onTrouble: (error) => troubles.push(error) },
      ...options,
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-lines-'));
    troubles.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes lines in their order, to a file that is its owner’s', async () => {
    const path = join(folder, 'audit.log');
    writeFileSync(path, 'before\n');
    chmodSync(path, 0o644);
    const file = open();
    for (let index = 0; index < 1_000; index++) file.write(String(index));
    await file.close();
    assert.equal(readFileSync(path, 'utf8'), `before\n${Array.from({ length: 1_000 }, (_, index) => `${index}\n`).join('')}`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('puts a file aside that is full, loses no line and tears none, and keeps the newest', async () => {
    const file = open({ maxBytes: 2_000, maxFiles: 4 });
    const filesNow = () => readdirSync(folder).sort();
    let written = 0;
    let last = 0;
    while (filesNow().length < 4 || last < 40) {
      file.write(`${String(written++).padStart(6, '0')} ${'x'.repeat(100)}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (filesNow().length >= 4) last++;
    }
    await file.close();
    const files = filesNow();
    assert.equal(files.length, 4, files.join());
    const aside = files.filter((name) => /^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.log$/.test(name));
    assert.equal(aside.length, 3, files.join());
    const texts = [...aside, 'audit.log'].map((name) => readFileSync(join(folder, name), 'utf8'));
    // The newest is empty where the one before it was full with the last line.
    const lines = texts.filter((text) => text !== '').flatMap((text) => text.trimEnd().split('\n'));
    const numbers = lines.map((line) => {
      assert.match(line, /^\d{6} x{100}$/);
      return Number(line.slice(0, 6));
    });
    const first = numbers[0]!;
    assert.deepEqual(
      numbers,
      Array.from({ length: written - first }, (_, index) => first + index),
    );
    for (const name of files) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    assert.deepEqual(troubles, []);
  });

  it('writes lines together that come one after the other, and does not wait long', async () => {
    const path = join(folder, 'audit.log');
    const file = open({ gatherMs: 50 });
    file.write('one');
    file.write('two');
    await waitUntil('both', () => readFileSync(path, 'utf8') === 'one\ntwo\n', { timeoutMs: 5_000 });
    for (let index = 0; index < 2_000; index++) file.write(`line ${index}`);
    file.write('last');
    await file.close();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.deepEqual([lines.length, lines.at(-1)], [2_003, 'last']);
  });

  it('goes on with the old file where it cannot be put aside', async () => {
    const nested = join(folder, 'nested');
    mkdirSync(nested);
    const file = open({ path: join(nested, 'audit.log'), maxBytes: 10 });
    // Nobody's name any more; whoever has it open writes on.
    rmSync(nested, { recursive: true });
    file.write('a line that is long enough');
    await waitUntil('the failure', () => troubles.length > 0, { timeoutMs: 5_000 });
    file.write('another one');
    await file.close();
    assert.equal(file.dropped, 0);
  });

  it('keeps what a full disk does not take, up to a limit, and counts the rest', async () => {
    const file = open({ path: '/dev/full', maxWaitingBytes: 10_000 });
    for (let index = 0; index < 1_000; index++) file.write('x'.repeat(99));
    assert.equal(file.dropped, 900);
    await waitUntil('the failure', () => file.troubles > 0, { timeoutMs: 5_000 });
    assert.match(String(troubles[0]), /ENOSPC/);
    assert.equal(file.troubles, 1);
    await waitUntil('another attempt, by itself', () => file.troubles > 1, { timeoutMs: 10_000 });
    await file.close();
    assert.match(String(troubles.at(-1)), /10000 bytes could not be written/);
  });

  it('says at once when it cannot be opened', () => {
    assert.throws(() => open({ path: join(folder, 'none', 'audit.log') }), /ENOENT/);
  });

  it('never waits for a reader: drops and counts, in bounded memory', async function () {
    this.timeout(120_000);
    const script = new URL('./sample-writer.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
    try {
      const [told] = (await once(createInterface(child.stderr), 'line')) as [string];
      const { dropped, grown } = JSON.parse(told) as { dropped: number; grown: number };
      // 100,000 lines of 1 KB, to a pipe that takes 64 KB: 1 MB may wait.
      assert.ok(dropped > 95_000, told);
      assert.ok(grown < 60 * 1024 * 1024, told);
      // Read at last, what waited comes whole.
      const lines: string[] = [];
      createInterface(child.stdout).on('line', (line) => lines.push(line));
      child.stdin.end();
      await once(child, 'close');
      assert.equal(lines.length, 100_000 - dropped);
      for (const line of lines) assert.equal(line.length, 1_011);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
