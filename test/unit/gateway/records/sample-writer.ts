/** Writes lines to a standard output that nobody reads, and tells on standard error how it fared. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LineFile } from '../../../../src/gateway/records/line-file.ts';

const MAX_WAITING = 1024 * 1024;
const line = JSON.stringify({ text: 'x'.repeat(1_000) });
const file = new LineFile({ path: '-', maxBytes: 1, maxFiles: 1, maxWaitingBytes: MAX_WAITING, onTrouble: () => {} });
const before = process.memoryUsage().rss;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
for (let turn = 0; turn < 200; turn++) {
  for (let index = 0; index < 500; index++) file.write(line);
  await new Promise((resolve) => setImmediate(resolve));
}
delay.disable();
const { rss } = process.memoryUsage();
console.error(JSON.stringify({ dropped: file.dropped, grown: rss - before, longestMs: delay.max / 1e6 }));
process.stdin.resume();
process.stdin.once('end', () => void file.close().then(() => process.exit()));
