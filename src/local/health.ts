import type { ServerResponse } from 'node:http';
import { sendPlain } from './answer.ts';
import type { LocalHandler } from './local-request.ts';
import { requireRead } from './require-read.ts';

export interface HealthDeps {
  /** Whether requests can be served now; a rejection counts as no. */
  readonly isReady: () => boolean | Promise<boolean>;
}

interface Check {
  readonly name: string;
  readonly passed: boolean;
}

const HEALTH_PATH = /^\/(healthz|livez|readyz)(?:\/([^/]+))?$/;

/**
 * `/healthz`, `/livez`, `/readyz`, and single checks below them (`/livez/ping`), with `?verbose` and `?exclude`: as the apiserver
 * answers (k8s.io/apiserver/pkg/server/healthz), but about the gateway alone, as upstream's checks would tell of the platform.
 * Who gets an answer is alive; only readiness is a question.
 */
export function createHealthHandler({ isReady }: HealthDeps): LocalHandler {
  return async (request, response) => {
    const [, endpoint, single] = HEALTH_PATH.exec(request.path) ?? [];
    if (endpoint === undefined) return false;
    const names = endpoint === 'readyz' ? ['ping', 'gateway'] : ['ping'];
    if (single !== undefined && !names.includes(single)) return false;
    requireRead(request);
    const asked = single === undefined ? names : [single];
    const checks = await Promise.all(asked.map(async (name) => ({ name, passed: name === 'ping' || (await isPassed(isReady)) })));
    if (single !== undefined) answerSingle(checks[0]!, response);
    else answerAll(endpoint, checks, request.query, response);
    return true;
  };
}

function answerSingle({ passed }: Check, response: ServerResponse): void {
  if (passed) sendPlain(response, 200, 'ok');
  else sendPlain(response, 500, 'internal server error: reason withheld\n');
}

function answerAll(endpoint: string, checks: readonly Check[], query: URLSearchParams, response: ServerResponse): void {
  const excluded = new Set(query.getAll('exclude'));
  const lines = checks.map(({ name, passed }) => {
    if (excluded.has(name)) return `[+]${name} excluded: ok\n`;
    return passed ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`;
  });
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name)).sort();
  if (unknown.length > 0) {
    const quoted = unknown.map((name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${quoted}\n`);
  }
  const failed = checks.some(({ name, passed }) => !passed && !excluded.has(name));
  if (failed) sendPlain(response, 500, `${lines.join('')}${endpoint} check failed\n`);
  else if (query.has('verbose')) sendPlain(response, 200, `${lines.join('')}${endpoint} check passed\n`);
  else sendPlain(response, 200, 'ok');
}

async function isPassed(isReady: HealthDeps['isReady']): Promise<boolean> {
  try {
    return await isReady();
  } catch {
    return false;
  }
}
