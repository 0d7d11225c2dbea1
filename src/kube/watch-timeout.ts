/** The apiserver's --min-request-timeout, in seconds: a watch without a timeout lasts once to twice as long. */
const MIN_TIMEOUT_SECONDS = 1_800;
/** The longest delay of a timer, in ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** How long a watch lasts, in ms. @param timeoutSeconds as the client asked; 0: the server decides; less: it is over at once */
export function watchTimeoutMs(timeoutSeconds: number): number {
  const seconds = timeoutSeconds || MIN_TIMEOUT_SECONDS * (1 + Math.random());
  return Math.min(Math.max(seconds, 0) * 1_000, MAX_DELAY_MS);
}
