/**
 * Shows that a long step goes on: a line with the seconds on a terminal, one line at its begin and end elsewhere.
 * Returns what `work` returns.
 */
export async function withProgress(title, work) {
  const started = Date.now();
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const { stderr } = process;
  const redraws = stderr.isTTY && process.env.TERM !== 'dumb';
  if (!redraws) stderr.write(`${title} …\n`);
  const timer = redraws ? setInterval(() => stderr.write(`\r\x1b[K${title} … ${elapsed()}`), 250) : undefined;
  try {
    const result = await work();
    stderr.write(redraws ? `\r\x1b[K${title}: ${elapsed()}\n` : `${title}: done after ${elapsed()}\n`);
    return result;
  } catch (error) {
    if (redraws) stderr.write(`\r\x1b[K${title}: failed\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
