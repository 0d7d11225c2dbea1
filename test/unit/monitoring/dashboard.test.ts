import assert from 'node:assert/strict';
import { queriesOf, readDashboard } from '../../helpers/dashboard.ts';
import { documentedMetrics, metricNamesIn } from '../../helpers/metrics-doc.ts';

describe('The dashboard', () => {
  const dashboard = readDashboard();

  it('gives each panel an id and a place of its own', () => {
    const taken = new Set<string>();
    const ids = new Set<number>();
    for (const { id, title, gridPos } of dashboard.panels) {
      assert.ok(!ids.has(id), `${title} has the id of another`);
      ids.add(id);
      assert.ok(gridPos.x + gridPos.w <= 24, `${title} is too wide`);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x}/${y}`), `${title} lies over another`);
          taken.add(`${x}/${y}`);
        }
    }
  });

  it('asks for metrics that there are, by variables that it has', () => {
    const documented = new Set(documentedMetrics().map(({ name }) => name));
    const variables = dashboard.templating.list.map(({ name }) => name);
    assert.deepEqual(variables, ['datasource', 'instance']);
    for (const { title, query } of queriesOf(dashboard, '1m')) {
      assert.ok(!query.includes('$'), `${title} has an unknown variable`);
      for (const name of metricNamesIn(query)) assert.ok(documented.has(name), `${title} asks for ${name}`);
    }
  });
});
