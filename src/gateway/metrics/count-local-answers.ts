import { Counter, type Registry } from 'prom-client';
import type { LocalHandler } from '../../local/local-request.ts';
import { codeLabel } from './labels.ts';

/**
 * What the local API answers: the exchange does not see it, as its answers pass Envoy untranslated. A handler that answers nothing, to stand
 * before all others.
 */
export function countLocalAnswers(registry: Registry): LocalHandler {
  const answers = new Counter({
    name: 'kubezoo_local_answers_total',
    help: 'Answers of the local API that are over, watches included; 0: the client left before it was answered',
    labelNames: ['code'],
    registers: [registry],
  });
  return async (_, response) => {
    response.once('close', () => answers.inc({ code: codeLabel(response.headersSent ? response.statusCode : 0) }));
    return false;
  };
}
