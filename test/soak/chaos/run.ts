/** `npm run soak -- chaos`: see test/soak/README.md. Ends with 0 when nothing was found wrong. */
import { Command } from 'commander';
import { findTools } from '../../helpers/find-tools.ts';
import { startStack } from '../../helpers/stack.ts';
import { positive } from '../positive.ts';
import { Random } from '../random.ts';
import { tellOutcome } from '../tell-outcome.ts';
import { chaos } from './chaos.ts';

/** @param args what stands behind `chaos` */
export async function runChaos(args: readonly string[]): Promise<void> {
  const options = new Command('chaos')
    .option('--minutes <n>', 'how long to disturb', positive, 15)
    .option('--tenants <n>', 'tenants that come and go at a time, up to 10', positive, 6)
    .option('--seed <n>', 'what decides the choices; not what comes of them', positive, 1 + Math.floor(Math.random() * 0xffff_ffff))
    .parse(args, { from: 'user' })
    .opts<{ minutes: number; tenants: number; seed: number }>();
  if (options.tenants > 10) throw new Error('at most 10 tenants');
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
  await findTools();
  console.log(`chaos: ${options.minutes} minutes, ${options.tenants} tenants at a time, seed ${options.seed}`);
  const stack = await startStack({ tenants: [] });
  try {
    const { tenants, minutes } = options;
    const found = await chaos({ stack, tenants, minutes, random: new Random(options.seed), signal: interrupted.signal });
    tellOutcome('chaos', options.seed, found);
  } catch (error) {
    if (!interrupted.signal.aborted) console.error(stack.logs());
    console.error(error);
    process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}
