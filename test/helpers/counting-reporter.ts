import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Names the file that the counts are written to. */
export const COUNTS_VARIABLE = 'KUBEZOO_TEST_COUNTS';

/** Mocha's `spec`, which also leaves the numbers for whoever adds them up. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env[COUNTS_VARIABLE];
    if (!file) return;
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
