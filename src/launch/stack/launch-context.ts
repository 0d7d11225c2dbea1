import type { Choices } from '../state/choices.ts';
import type { Home } from '../state/home.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { TracingTarget } from '../tracing/start-tracing.ts';
import type { LaunchOptions } from './launch-options.ts';
import type { Steps } from './steps.ts';

/** What every part of a start has in hand. */
export interface LaunchContext {
  readonly options: LaunchOptions;
  readonly home: Home;
  readonly choices: Choices;
  readonly gatewayPort: number;
  readonly steps: Steps;
  readonly supervisor: Supervisor;
  /** Undefined: nothing is traced. */
  readonly tracing?: TracingTarget | undefined;
  /** Aborted when the start is to be given up. */
  readonly signal: AbortSignal;
}
