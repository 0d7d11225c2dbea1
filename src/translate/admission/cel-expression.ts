import { KubeError } from '../../errors.ts';
import type { StringRule } from '../engine/plan.ts';

/** A call of that function; CEL knows no other way to write one than the name, white space or comments, and the bracket. */
const SERVICE_ACCOUNT_CALL = /\bserviceAccount(?:\s|\/\/[^\n]*\n)*\(/;

/**
 * A CEL expression of a policy or a match condition. It goes upstream as it was written.
 *
 * @throws KubeError Forbidden for a question about the rights of a ServiceAccount by name: it would be upstream's
 */
export const celToUpstream: StringRule = (expression) => {
  if (SERVICE_ACCOUNT_CALL.test(expression))
    throw new KubeError(
      'Forbidden',
      'authorizer.serviceAccount() is not offered in expressions: ask for the rights of the request’s own user',
    );
  return expression;
};
