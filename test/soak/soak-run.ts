/** The soak of lists and watches: see README.md. */
import { Command } from 'commander';
import { SILENT } from '../../src/launch/progress.ts';
import { buildClients } from '../helpers/build-clients.ts';
import { findTools } from '../helpers/find-tools.ts';
import { startStack } from '../helpers/stack.ts';
import { positive } from './positive.ts';
import { Random } from './random.ts';
import { soak } from './soak.ts';
import { tellOutcome } from './tell-outcome.ts';
import { MOST_TENANTS } from './tenants.ts';

const options = new Command()
  .option('--minutes <n>', 'how long to write and to disturb', positive, 20)
  .option('--tenants <n>', `1 to ${MOST_TENANTS}`, positive, 50)
  .option('--writes <n>', 'writes a second, of all tenants together', positive, 75)
  .option('--seed <n>', 'what decides the choices; not what comes of them', positive, 1 + Math.floor(Math.random() * 0xffff_ffff))
  .parse()
  .opts<{ minutes: number; tenants: number; writes: number; seed: number }>();
if (options.tenants > MOST_TENANTS) throw new Error(`at most ${MOST_TENANTS} tenants`);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));

await findTools();
const { clients } = await buildClients(SILENT);
console.log(`soak: ${options.minutes} minutes, ${options.tenants} tenants, ${options.writes} writes/s, seed ${options.seed}`);
const stack = await startStack({ tenants: [] });
try {
  const found = await soak({
    stack,
    binary: clients,
    tenants: options.tenants,
    minutes: options.minutes,
    writesPerSecond: options.writes,
    random: new Random(options.seed),
    signal: interrupted.signal,
  });
  tellOutcome('soak', options.seed, found);
} catch (error) {
  if (!interrupted.signal.aborted) console.error(stack.logs());
  console.error(error);
  process.exitCode = 1;
} finally {
  await stack.stop();
}
