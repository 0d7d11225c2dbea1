import { LaunchError } from '../launch-error.ts';
import type { Progress } from '../progress.ts';
import { lastLines, runTool, type ToolResult } from './run-tool.ts';

/** The go command in some folder. */
export type Go = (args: readonly string[], onErrorLine?: (line: string) => void) => Promise<ToolResult>;

export function goIn(folder: string | undefined, env: NodeJS.ProcessEnv, signal?: AbortSignal): Go {
  return (args, onErrorLine) =>
    runTool('go', args, {
      ...(folder !== undefined && { cwd: folder }),
      env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
      signal,
      ...(onErrorLine && { onErrorLine }),
    });
}

/** @throws LaunchError when there is no Go @param what has to be built */
export async function checkGo(go: Go, what: string, hint: string): Promise<void> {
  const version = await go(['version']);
  if (version.code !== 0) throw new LaunchError(`${what} has to be built, and \`go version\` fails: ${lastLines(version.stderr, 3)}`, hint);
}

export interface GoBuild {
  readonly go: Go;
  readonly flags: readonly string[];
  readonly package: string;
  /** File of the binary. */
  readonly output: string;
  /** `Building Kubernetes`, for messages. */
  readonly purpose: string;
  readonly hint: string;
}

/** Builds one binary, and says how far it is. @throws LaunchError */
export async function goBuild({ go, flags, package: name, output, purpose, hint }: GoBuild, progress: Progress): Promise<void> {
  progress.update('looking at what is built already');
  const stale = succeed(
    await go(['list', '-deps', ...flags, '-f', '{{if .Stale}}{{.StaleReason}}{{end}}', name]),
    'Reading the Go packages',
    hint,
  );
  const total = stale.split('\n').filter((line) => line !== '' && !line.includes('available in build cache')).length;
  const started = Date.now();
  let built = 0;
  const show = () => progress.update(`compiling: ${built} of ${total} packages, ${formatElapsed(Date.now() - started)}`);
  const timer = setInterval(show, 500);
  try {
    const result = await go(['build', '-v', ...flags, '-o', output, name], () => {
      built = Math.min(built + 1, total);
    });
    succeed(result, purpose, hint);
  } finally {
    clearInterval(timer);
  }
}

/** @returns stdout @throws LaunchError */
export function succeed(result: ToolResult, purpose: string, hint: string): string {
  if (result.code !== 0) throw new LaunchError(`${purpose} failed:\n${lastLines(result.stderr)}`, hint);
  return result.stdout;
}

/** `9:05` for nine minutes and five seconds. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
