/** Shows a step of a moment in one of the three ways that there are. */
import { withSpinner } from '../../../src/cli/with-spinner.ts';
import { Steps } from '../../../src/launch/stack/steps.ts';

const { withProgress } = (await import(new URL('../../../bin/progress.mjs', import.meta.url).href)) as {
  withProgress(title: string, work: () => Promise<void>): Promise<void>;
};
const work = async () => {};
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  steps: () => new Steps('auto').one('a step', work),
  spinner: () => withSpinner('a step', work),
  install: () => withProgress('a step', work),
};
await ways[process.argv[2]!]!();
console.log('finished');
