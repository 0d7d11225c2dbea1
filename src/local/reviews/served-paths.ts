const SERVED = new Set(['/', '/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version', '/version/']);
const SERVED_BELOW = ['/api/', '/apis/', '/openapi/v3/'];

/** Whether the gateway itself answers a path that is no resource. */
export function isServedPath(path: string): boolean {
  return SERVED.has(path) || SERVED_BELOW.some((root) => path.startsWith(root) && path.length > root.length);
}
