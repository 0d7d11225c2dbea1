/** What does not end before it is answered is a `stream`: of all others upstream hears when they are whole. */
export type UpstreamRoute = 'upstream' | 'stream' | 'watch';

/** Value of `x-kubezoo-route`, by which Envoy finds the cluster. @param upstreamName undefined: the first one */
export function routeOf(route: UpstreamRoute, upstreamName: string | undefined): string {
  return upstreamName === undefined ? route : `${route}/${upstreamName}`;
}
