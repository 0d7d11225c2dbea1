/** Unix sockets of the sidecar's threads, each of which serves ext_proc on its own. @param base socket of the first */
export function extProcSockets(base: string, workers: number): string[] {
  return Array.from({ length: workers }, (_, index) => (index === 0 ? base : `${base}.${index}`));
}
