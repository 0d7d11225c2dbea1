import { methodNotAllowed } from '../errors.ts';
import type { LocalRequest } from './local-request.ts';

/** @throws KubeError MethodNotAllowed unless the request is a GET or HEAD */
export function requireRead({ method }: LocalRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw methodNotAllowed();
}
