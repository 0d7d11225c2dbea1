import { type Check, type Finding, failure } from './check.ts';
import type { DoctorContext } from './doctor-context.ts';

/** One that has no answer by then is said to have none; it may go on. */
const TIMEOUT_MS = 20_000;

export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** All at once; results in order. Never rejects. `onProgress` is told how many are still open, and which is the first. */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
  onProgress: (open: readonly string[]) => void = () => undefined,
): Promise<CheckResult[]> {
  const open = new Set(checks.map(({ title }) => title));
  return await Promise.all(
    checks.map(async (check) => {
      const findings = await runOne(check, context);
      open.delete(check.title);
      onProgress([...open]);
      return { check: check.name, title: check.title, findings };
    }),
  );
}

async function runOne(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.run(context), late]);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return [failure(`could not be looked at: ${why}`, 'see what the other checks say: it may be for the same reason')];
  } finally {
    clearTimeout(timer);
  }
}
