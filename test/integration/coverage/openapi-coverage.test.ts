/** What the running upstream serves, against the policy table: a new kind, version, sub-resource or field with a name in it turns this red. */
import assert from 'node:assert/strict';
import { requestTree } from '../../../src/translate/compile.ts';
import { followPointer } from '../../../src/translate/patch-place.ts';
import { allRows, findResource } from '../../../src/translate/table/index.ts';
import type { ResourceRow } from '../../../src/translate/table/row.ts';
import { discover } from '../../../src/upstream/discover.ts';
import { namingFields, type OpenApiDocument } from '../../helpers/naming-fields.ts';
import { startCluster, type TestCluster } from '../controller/support/cluster.ts';
import { UNTRANSLATED_FIELDS } from './untranslated-fields.ts';

const excepted: ReadonlySet<string> = new Set(UNTRANSLATED_FIELDS.flatMap(({ fields }) => fields));
const context = { tenantId: 'demo01', prefix: 'demo01-', foreign: 'cut' } as const;

/** Whether something is done there, or in what it stands in. */
function isTranslated(row: ResourceRow, path: string): boolean {
  const pointer = `/${path.replaceAll('[]', '.0').replaceAll('{}', '.key').replaceAll('.', '/')}`;
  try {
    return followPointer(requestTree(row), pointer, context).plan !== undefined;
  } catch {
    return true;
  }
}

function lastSteps(path: string): string {
  return path.split('.').slice(-2).join('.');
}

/** Fields of a document's kinds that neither the table nor the list of exceptions knows. @param used takes up the exceptions that were needed */
function uncovered(
  document: OpenApiDocument,
  group: string,
  version: string,
  rows: readonly ResourceRow[],
  used = new Set<string>(),
): string[] {
  return [...namingFields(document, group, version)].flatMap(([kind, paths]) => {
    const row = rows.find((candidate) => candidate.group === group && candidate.kind === kind);
    if (row?.policy !== 'served') return [];
    return paths
      .filter((path) => !isTranslated(row, path))
      .filter((path) => {
        const steps = lastSteps(path);
        used.add(steps);
        return !excepted.has(steps);
      })
      .map((path) => `${kind} ${path}`);
  });
}

describe('the policy table, against what upstream serves', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  const documents = new Map<string, { group: string; version: string; document: OpenApiDocument }>();

  before(async () => {
    cluster = await startCluster();
    const read = async <T>(path: string): Promise<T> => {
      const { status, body } = await cluster.admin.request({ method: 'GET', path, headers: { accept: 'application/json' } });
      assert.equal(status, 200, path);
      return JSON.parse(body.toString()) as T;
    };
    const { paths } = await read<{ paths: Record<string, unknown> }>('/openapi/v3');
    for (const path of Object.keys(paths)) {
      const found = /^(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
      if (found) documents.set(path, { group: found[1] ?? '', version: found[2]!, document: await read(`/openapi/v3/${path}`) });
    }
  });
  after(async () => cluster?.stop());

  it('has a row for every resource in every version', async () => {
    const { resources } = await discover(cluster.admin);
    assert.ok(resources.length > 60);
    const missing = resources.filter(({ group, version, resource }) => !findResource(group, version, resource));
    assert.deepEqual(
      missing.map(({ group, version, resource }) => `${group}/${version}/${resource}`),
      [],
    );
  });

  it('has a rule for every field that is called like a name, or a reason for none', () => {
    const used = new Set<string>();
    const open = [...documents.values()].flatMap(({ group, version, document }) => uncovered(document, group, version, allRows(), used));
    assert.deepEqual(open, []);
    const unused = [...excepted].filter((steps) => !used.has(steps));
    assert.deepEqual(unused, [], 'exceptions that nothing needs');
  });

  it('turns red without a rule, and with a field that it does not know', () => {
    const { document } = documents.get('apis/networking.k8s.io/v1')!;
    const without = (resource: string, path: string): ResourceRow[] =>
      allRows().map((row) => {
        if (row.resource !== resource) return row;
        const { [path]: _, ...fields } = row.fields;
        return { ...row, fields };
      });
    assert.deepEqual(uncovered(document, 'networking.k8s.io', 'v1', without('ingresses', 'spec.ingressClassName')), [
      'Ingress spec.ingressClassName',
    ]);
    const schemas = document.components!.schemas!;
    const name = Object.keys(schemas).find((key) => key.endsWith('.IngressClassSpec'))!;
    const properties = { ...schemas[name]!.properties, backendNamespace: { type: 'string' } };
    const changed = { components: { schemas: { ...schemas, [name]: { ...schemas[name], properties } } } };
    assert.deepEqual(uncovered(changed, 'networking.k8s.io', 'v1', allRows()), ['IngressClass spec.backendNamespace']);
  });
});
