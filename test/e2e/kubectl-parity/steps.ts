/** The script: what a person does with a new cluster, from the first namespace to the last delete. */
import type { Step } from './step.ts';
import { ACCESS } from './steps/access.ts';
import { APPLY } from './steps/apply.ts';
import { CHANGE } from './steps/change.ts';
import { DELETE } from './steps/delete.ts';
import { DISCOVER } from './steps/discover.ts';
import { FAIL } from './steps/fail.ts';
import { READ } from './steps/read.ts';
import { WATCH } from './steps/watch.ts';

/** In order; each part stands on what the parts before it have made. */
export const PARTS: Readonly<Record<string, readonly Step[]>> = {
  apply: APPLY,
  read: READ,
  access: ACCESS,
  watch: WATCH,
  errors: FAIL,
  change: CHANGE,
  discovery: DISCOVER,
  delete: DELETE,
};

export const STEPS: readonly Step[] = Object.values(PARTS).flat();
