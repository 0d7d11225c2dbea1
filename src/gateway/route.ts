/** Value of `x-kubezoo-route`, by which Envoy finds the cluster. @param upstreamName undefined: the first one */
export function routeOf(route: 'upstream' | 'watch', upstreamName: string | undefined): string {
  return upstreamName === undefined ? route : `${route}/${upstreamName}`;
}
