/** Stands for the launcher without a terminal: ends at SIGTERM and SIGINT, in order, and tells in a file that it lives. */
import { rmSync, writeFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const end = () => {
  rmSync(file);
  process.exit();
};
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, end);
process.on('SIGHUP', () => {});
process.on('disconnect', end);
process.channel.unref();
setInterval(() => {}, 1 << 30);
writeFileSync(file, String(process.pid));
