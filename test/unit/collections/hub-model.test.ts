import assert from 'node:assert/strict';
import fc from 'fast-check';
import { playScenario, type Step, stepsWith } from './support/hub-scenario.ts';

const SCENARIOS = 150;

/** All at once: most of their time is pauses. Shows the shortest that fails. */
async function playAll(expires: boolean, options: Parameters<typeof playScenario>[1]): Promise<void> {
  const scenarios = fc.sample(stepsWith({ expires }), SCENARIOS);
  const failures: { steps: Step[]; error: Error }[] = [];
  await Promise.all(
    scenarios.map((steps) =>
      playScenario(steps, options).catch((error: Error) => {
        failures.push({ steps, error });
      }),
    ),
  );
  const [shortest] = failures.sort((a, b) => a.steps.length - b.steps.length);
  if (!shortest) return;
  const course = shortest.steps.map((step) => JSON.stringify(step)).join('\n');
  assert.fail(`${failures.length} of ${SCENARIOS}; the shortest: ${shortest.error.message}\n${course}`);
}

describe('Hub: whatever happens, each client gets exactly its tenant’s events behind its revision, in order', function () {
  this.timeout(120_000);

  it('and nobody is ended, while everything is kept', () => playAll(false, { maxEvents: 10_000, mayEnd: false }));

  it('or a beginning of them, where little is kept', () => playAll(false, { maxEvents: 4, mayEnd: true }));

  it('or a beginning of them, where upstream says now and then that it cannot go on', () => playAll(true, { maxEvents: 8, mayEnd: true }));
});
