import type { Endpoints } from './stack/start-gateway.ts';
import { type Home, tenantKubeconfigAt } from './state/home.ts';

/** What to type next. */
export function welcomeLines(home: Home, { admin, jaeger }: Endpoints, tenantIds: readonly string[]): string[] {
  const [first, second] = tenantIds;
  const lines = [''];
  if (first !== undefined) {
    const kubectl = (tenantId: string) => `  kubectl --kubeconfig ${tenantKubeconfigAt(home, tenantId)}`;
    lines.push(
      'Each tenant has a cluster of its own, as far as kubectl can see:',
      `${kubectl(first)} create namespace shop`,
      `${kubectl(second ?? first)} get namespaces`,
      'and all of them are namespaces of one:',
      `  kubectl --kubeconfig ${home.upstreamKubeconfig} get namespaces`,
    );
  }
  lines.push(
    'One more tenant:',
    `  npx kubezoo tenant create acme01 --home ${home.root}`,
    `The operator's page: ${admin}`,
    ...(jaeger === undefined ? [] : [`Jaeger's API: ${jaeger} (docs/tracing.md)`]),
    `Logs are in ${home.logsDir}. Ctrl-C stops everything; the state stays.`,
    '',
  );
  return lines;
}
