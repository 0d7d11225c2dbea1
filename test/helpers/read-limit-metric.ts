/** One of the sidecar's metrics about limits: the series with exactly these labels; 0 where there is none. */
export async function readLimitMetric(adminUrl: string, name: string, labels: string): Promise<number> {
  const response = await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  if (!text.includes(`# TYPE ${name} `)) throw new Error(`the metrics say nothing of ${name}`);
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}{${labels}} `));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
}
