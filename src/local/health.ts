import { sendPlain } from './answer.ts';
import type { LocalHandler } from './local-request.ts';
import { requireRead } from './require-read.ts';

export interface HealthDeps {
  /** Whether requests can be served now; a rejection counts as no. */
  readonly isReady: () => boolean | Promise<boolean>;
}

const HEALTH_PATH = /^\/(healthz|livez|readyz)$/;

/**
 * `/healthz`, `/livez`, `/readyz`: about the gateway alone. There are no single checks to ask for, and `?verbose` names
 * none: their names would tell of the platform. Who gets an answer is alive; only readiness is a question.
 */
export function createHealthHandler({ isReady }: HealthDeps): LocalHandler {
  return async (request, response) => {
    const check = HEALTH_PATH.exec(request.path)?.[1];
    if (check === undefined) return false;
    requireRead(request);
    const passed = check === 'readyz' ? await isPassed(isReady) : true;
    const verbose = request.query.has('verbose');
    if (passed) sendPlain(response, 200, verbose ? `${check} check passed\n` : 'ok');
    else sendPlain(response, 500, `${check} check failed\n`);
    return true;
  };
}

async function isPassed(isReady: HealthDeps['isReady']): Promise<boolean> {
  try {
    return await isReady();
  } catch {
    return false;
  }
}
