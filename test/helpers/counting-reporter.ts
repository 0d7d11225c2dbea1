import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import type { MochaResults } from './run-mocha.ts';

/** Names the file that the counts are written to. */
export const COUNTS_VARIABLE = 'KUBEZOO_TEST_COUNTS';

/** Mocha's `spec`, which also leaves the numbers for whoever adds them up, and how long each file took. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env[COUNTS_VARIABLE];
    if (!file) return;
    const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END } = Mocha.Runner.constants;
    const seconds: Record<string, number> = {};
    let begunAt = performance.now();
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root) begunAt = performance.now();
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!suite.parent?.root || !suite.file) return;
      const name = relative(process.cwd(), suite.file);
      seconds[name] = (seconds[name] ?? 0) + (performance.now() - begunAt) / 1000;
    });
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const results: MochaResults = { counts: { passed: passes, failed: failures, skipped: pending }, seconds };
      writeFileSync(file, JSON.stringify(results));
    });
  }
}
