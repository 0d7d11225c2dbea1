import { KubeError } from '../errors.ts';
import type { ListOptions } from '../kube/list-options.ts';

/** @throws KubeError Timeout where the client knows of a later revision than upstream, as of another cluster's */
export function checkFreshness({ resourceVersion }: ListOptions, shown: string): void {
  if (resourceVersion === '' || Number(resourceVersion) <= Number(shown)) return;
  throw tooLarge(resourceVersion, shown);
}

/** In upstream's words; it waits three seconds before it says so. */
export function tooLarge(resourceVersion: string, current: string): KubeError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const message = `Timeout: Too large resource version: ${resourceVersion}, current: ${current}`;
  return new KubeError('Timeout', message, { causes, retryAfterSeconds: 1 });
}
