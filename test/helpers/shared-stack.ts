import { type Stack, startStack } from './stack.ts';

let shared: Promise<Stack> | undefined;
let failed = false;

/** One stack with the tenants demo01 and demo02 for all test files of a run; started by the first that asks. */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack();
  return shared;
}

/** Mocha's root hooks (`--require`): the stack ends with the run, and its logs are shown when a test has failed. */
export const mochaHooks: Mocha.RootHookObject = {
  afterEach(this: Mocha.Context) {
    failed ||= this.currentTest?.state === 'failed';
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(60_000);
    const stack = await shared?.catch(() => undefined);
    if (failed && stack) console.error(stack.logs());
    await stack?.stop();
  },
};
