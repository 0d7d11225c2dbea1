import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import type { FileResult } from './file-results.ts';

/** Names the file that the results are written to. */
export const RESULTS_VARIABLE = 'KUBEZOO_TEST_RESULTS';

/** Mocha's `spec`, which also leaves the numbers of each file for whoever adds them up, and how long it took. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const output = process.env[RESULTS_VARIABLE];
    if (!output) return;
    const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
      Mocha.Runner.constants;
    const results = new Map<string, FileResult>();
    const add = (file: string, key: keyof FileResult, amount = 1) => {
      const before = results.get(file) ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 };
      results.set(file, { ...before, [key]: before[key] + amount });
    };
    let begunAt = performance.now();
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root) begunAt = performance.now();
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (suite.parent?.root && suite.file) add(fileOf(suite), 'seconds', (performance.now() - begunAt) / 1000);
    });
    runner.on(EVENT_TEST_PASS, (test) => add(fileOf(test), 'passed'));
    // Hooks fail by the same event.
    runner.on(EVENT_TEST_FAIL, (test) => add(fileOf(test), 'failed'));
    runner.on(EVENT_TEST_PENDING, (test) => add(fileOf(test), 'skipped'));
    runner.once(EVENT_RUN_END, () => writeFileSync(output, JSON.stringify(Object.fromEntries(results))));
  }
}

/** Relative to the checkout; '' for what belongs to no file, a root hook for one. */
function fileOf(item: Mocha.Suite | Mocha.Runnable): string {
  for (let at: Mocha.Suite | Mocha.Runnable | undefined = item; at; at = at.parent) {
    if (at.file) return relative(process.cwd(), at.file);
  }
  return '';
}
