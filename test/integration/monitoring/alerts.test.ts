import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { SILENT } from '../../../src/launch/progress.ts';
import { runTool, type ToolResult } from '../../../src/launch/tools/run-tool.ts';
import { buildPrometheus } from '../../helpers/build-prometheus.ts';
import { documentedMetrics, metricNamesIn } from '../../helpers/metrics-doc.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: { readonly runbook_url: string };
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const FOLDER = resolve(import.meta.dirname, '../../../deploy/monitoring');
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');

describe('Alert rules', function () {
  this.timeout(120_000);
  let promtool: string;
  let folder: string;
  const file = parse(read('alerts.yaml')) as RuleFile;
  const rules = file.groups.flatMap((group) => group.rules);

  before(async () => {
    ({ promtool } = await buildPrometheus(SILENT));
    folder = mkdtempSync(join(tmpdir(), 'kz-alerts-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The tests, with each rule changed. */
  async function testWith(change: (rule: Rule) => Partial<Rule>): Promise<ToolResult> {
    const groups = file.groups.map((group) => ({ ...group, rules: group.rules.map((rule) => ({ ...rule, ...change(rule) })) }));
    writeFileSync(join(folder, 'alerts.yaml'), stringify({ groups }));
    writeFileSync(join(folder, 'alerts.test.yaml'), read('alerts.test.yaml'));
    return await runTool(promtool, ['test', 'rules', join(folder, 'alerts.test.yaml')]);
  }

  /** Alerts of which a test has failed. */
  function failedIn({ stderr, stdout }: ToolResult): Set<string | undefined> {
    return new Set([...`${stdout}${stderr}`.matchAll(/alertname: (\w+), time:/g)].map(([, alert]) => alert));
  }

  it('are what Prometheus takes, in a configuration that it takes', async () => {
    for (const args of [
      ['check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yaml'],
      ['check', 'config', 'prometheus.yml'],
    ]) {
      const { code, stdout, stderr } = await runTool(promtool, args, { cwd: FOLDER });
      assert.equal(code, 0, `${stdout}${stderr}`);
    }
  });

  it('fire, and do not fire', async () => {
    const result = await testWith(() => ({}));
    assert.equal(result.code, 0, `${result.stdout}${result.stderr}`);
  });

  it('would not pass their tests if they never fired, always fired, or did not wait', async () => {
    const all = rules.map(({ alert }) => alert).sort();
    assert.deepEqual([...failedIn(await testWith(() => ({ expr: 'vector(0) > 1' })))].sort(), all);
    assert.deepEqual([...failedIn(await testWith(() => ({ expr: 'vector(1)' })))].sort(), all);
    const waiting = rules.filter((rule) => rule.for !== undefined).map(({ alert }) => alert);
    assert.deepEqual([...failedIn(await testWith((rule) => (rule.for === undefined ? {} : { for: '0s' })))].sort(), waiting.sort());
  });

  it('are each tested both ways', () => {
    const { tests } = parse(read('alerts.test.yaml')) as { tests: { name: string }[] };
    assert.deepEqual(
      tests.map(({ name }) => name).sort(),
      rules.flatMap(({ alert }) => [`${alert} does not fire`, `${alert} fires`]).sort(),
    );
  });

  it('ask for metrics that there are', () => {
    const documented = documentedMetrics().map(({ name }) => name);
    for (const { alert, expr } of rules)
      for (const name of metricNamesIn(expr)) assert.ok(documented.includes(name), `${alert} asks for ${name}`);
  });

  it('have each a section of their own in docs/alerts.md, and it has no other', () => {
    const text = readFileSync(resolve(FOLDER, '../../docs/alerts.md'), 'utf8');
    const sections = [...text.matchAll(/^### (\w+)$/gm)].map(([, title]) => title!);
    assert.deepEqual(sections.sort(), rules.map(({ alert }) => alert).sort());
    for (const { alert, annotations } of rules) assert.equal(annotations.runbook_url, `docs/alerts.md#${alert.toLowerCase()}`);
  });
});
