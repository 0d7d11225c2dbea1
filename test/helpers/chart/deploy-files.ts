/** The files under `deploy/` that are made of others: the chart's rules of what the code says, the plain manifests of the chart. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { CONTROLLER_RULES, GATEWAY_RULES, type PlatformRule, SIDECAR_RULES } from '../../../src/upstream/platform-rules.ts';
import { CHART, DEPLOY, mustHelm, templateArgs } from './helm.ts';

/** By path: what the chart takes from the code. */
export function chartFiles(): Map<string, string> {
  return new Map([
    [join(CHART, 'files/gateway-rules.yaml'), rulesText([...GATEWAY_RULES, ...SIDECAR_RULES])],
    [join(CHART, 'files/controller-rules.yaml'), rulesText(CONTROLLER_RULES)],
    ...globSync(join(DEPLOY, 'monitoring/{alerts.yaml,grafana-dashboard.json}')).map((file): [string, string] => [
      join(CHART, 'files', basename(file)),
      readFileSync(file, 'utf8'),
    ]),
  ]);
}

/** By path: what `helm template` makes of the chart as it is. @param folder for helm */
export async function manifestFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const values of globSync(join(DEPLOY, 'manifests/*.values.yaml')).sort()) {
    const target = values.replace('.values.yaml', '.yaml');
    const head = `# Made of the chart ../helm/kubezoo with ${basename(values)}, after namespace.yaml: see docs/helm.md.\n`;
    files.set(target, head + (await mustHelm(folder, templateArgs([values]))));
  }
  return files;
}

function rulesText(rules: readonly PlatformRule[]): string {
  return rules
    .map(({ why, ...rule }) => `# ${why}\n${stringify([rule], { collectionStyle: 'any', lineWidth: 0, aliasDuplicateObjects: false })}`)
    .join('');
}
