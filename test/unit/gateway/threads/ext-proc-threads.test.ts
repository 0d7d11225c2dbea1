import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Registry } from 'prom-client';
import type { Config } from '../../../../src/config/config.ts';
import { ExtProcThreads } from '../../../../src/gateway/threads/ext-proc-threads.ts';
import { waitUntil } from '../../../../src/launch/wait-until.ts';

const WITHIN = { timeoutMs: 20_000 };

describe('ExtProcThreads', function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;
  const ended: { index: number; error: unknown }[] = [];
  let threads: ExtProcThreads;
  let workers: number;
  const start = () => {
    threads = new ExtProcThreads({
      threads: [0, 1].map((index) => ({
        index,
        // The sample dies when that file is there.
        socketPath: index === 1 ? file : '',
        cursorKey: new Uint8Array(),
        limitsBuffer: new SharedArrayBuffer(0),
      })),
      config: () => ({ workers }) as Config,
      onEnd: async (index, error) => {
        ended.push({ index, error });
      },
      script: new URL('./sample-thread.ts', import.meta.url),
    });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-threads-'));
    file = join(folder, 'die');
    ended.length = 0;
    workers = 1;
  });
  afterEach(async () => {
    await threads.close(1_000);
    rmSync(folder, { recursive: true });
  });

  it('is ready when all are', async () => {
    start();
    assert.match(threads.missing().join(), /0 is being started/);
    await waitUntil('both', () => threads.missing().length === 0, WITHIN);
  });

  it('begins one anew that has ended, and says why it did', async () => {
    writeFileSync(file, '');
    start();
    await waitUntil('the end', () => ended.length === 1, WITHIN);
    assert.equal(ended[0]!.index, 1);
    assert.match(String(ended[0]!.error), /as it was told/);
    await waitUntil('both', () => threads.missing().length === 0, WITHIN);
  });

  it('gives what is in force to all, and to one that is begun anew', async () => {
    const sum = async () => Number(/^sample_workers (\d+)$/m.exec(await (await threads.metricsWith(new Registry())).metrics())?.[1]);
    writeFileSync(file, '');
    start();
    workers = 10;
    await waitUntil('the end', () => ended.length === 1, WITHIN);
    await waitUntil('both', () => threads.missing().length === 0, WITHIN);
    assert.equal(await sum(), 1 + 10);
    threads.configure();
    assert.equal(await sum(), 10 + 10);
  });

  it('keeps what a thread had counted that has died', async () => {
    start();
    await waitUntil('both', () => threads.missing().length === 0, WITHIN);
    const counted = async () => /^sample_total (\d+)$/m.exec(await (await threads.metricsWith(new Registry())).metrics())?.[1];
    assert.equal(await counted(), '3');
    threads.endWatches();
    await waitUntil('the end of both', () => ended.length === 2, WITHIN);
    await waitUntil('both', () => threads.missing().length === 0, WITHIN);
    assert.equal(await counted(), '6');
  });

  it('adds the numbers of all up, and those of the main thread', async () => {
    start();
    await waitUntil('both', () => threads.missing().length === 0, WITHIN);
    const own = new Registry();
    new Counter({ name: 'sample_total', help: 'sample', registers: [own] }).inc(10);
    assert.match(await (await threads.metricsWith(own)).metrics(), /^sample_total 13$/m);
  });
});
