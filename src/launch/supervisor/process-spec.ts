/** A child process to be kept running. */
export interface ProcessSpec {
  /** Names the log and the pid file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Asked until it says true; without it a process is ready when it has been spawned. */
  readonly ready?: () => Promise<boolean>;
  readonly readyTimeoutMs?: number;
  /** What to say in place of the log's end when a start has failed and the log holds `sign`. */
  readonly remedies?: readonly { readonly sign: string; readonly hint: string }[];
  /** Time between SIGTERM and SIGKILL. */
  readonly stopTimeoutMs?: number;
}
