/** What fails is said on stderr, and the exit code is 1 then. */
export async function runAction(action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { describeError } = await import('../launch/launch-error.ts');
    const { ConfigError } = await import('../config/config-error.ts');
    const { CommandError } = await import('./tenant/command-error.ts');
    const isExpected = error instanceof CommandError || error instanceof ConfigError || isFileError(error);
    console.error(isExpected ? error.message : describeError(error));
    process.exitCode = 1;
  }
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'path' in error;
}
