import assert from 'node:assert/strict';
import { waitUntil } from '../../../../src/launch/wait-until.ts';
import { definition } from '../../custom-resources/definition.ts';
import { gatherParties, OTHER, type Parties, TENANT } from '../../isolation/parties.ts';
import { type Collection, DEFINITIONS, objectOf, pathIn } from './collection.ts';

/** The label of everything that a test file makes, by which it is found and removed. */
export const MARK = 'collections';
export const PATIENCE = { timeoutMs: 20_000, intervalMs: 50 };

export interface Stage extends Parties {
  /** Of this file; the value of the label `MARK`, too. */
  readonly name: string;
  /** Two namespaces of both tenants. Upstream's keys end with `/`, which is behind `-`: the longer one's objects come first. */
  readonly namespaces: readonly [string, string];
  /** Of the custom resources. */
  readonly group: string;
  readonly mine: string;
  /** Makes an object with the mark through the gateway; gives it as it was answered. */
  make(collection: Collection, name: string, choices?: MakeChoices): Promise<Made>;
}

export interface MakeChoices {
  readonly tenantId?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Made {
  /** The object's own path, as its tenant says it. */
  readonly path: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

/** Both tenants with the same namespaces, and on demand the kinds `widgets` (namespaced) and `gadgets` (cluster-scoped). */
export async function setStage(name: string, { custom = false }: { custom?: boolean } = {}): Promise<Stage> {
  const parties = await gatherParties(name);
  const { tenant, other, platform } = parties;
  const namespaces = [name, `${name}-b`] as const;
  const group = `${name}.example`;
  const definitions = [definition('widgets', group, 'Namespaced'), definition('gadgets', group, 'Cluster')].map((one) => ({
    ...one,
    metadata: { ...one.metadata, labels: { [MARK]: name } },
  }));
  for (const party of [tenant, other]) {
    await party.must('POST', '/api/v1/namespaces', { metadata: { name: namespaces[1], labels: { [MARK]: name } } });
    if (custom) for (const one of definitions) await party.must('POST', DEFINITIONS.path, one);
    // Without its account a namespace takes no pods.
    for (const namespace of namespaces) {
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      await waitUntil(account, async () => (await party.ask('GET', account)).status === 200, PATIENCE);
    }
  }
  if (custom) {
    for (const plural of ['widgets', 'gadgets']) {
      const served = (party: typeof tenant, path: string) =>
        waitUntil(`${path} to be served`, async () => (await party.ask('GET', path)).status === 200, PATIENCE);
      for (const tenantId of [TENANT, OTHER]) await served(platform, `/apis/${tenantId}-${group}/v1/${plural}`);
      for (const party of [tenant, other]) await served(party, `/apis/${group}/v1/${plural}`);
    }
  }
  return {
    ...parties,
    name,
    namespaces,
    group,
    mine: `${MARK}=${name}`,
    make: async (collection, objectName, { tenantId = TENANT, namespace = name, labels = {} } = {}) => {
      const collectionPath = pathIn(collection, namespace);
      const object = objectOf(collection, objectName, { [MARK]: name, ...labels });
      const { metadata } = await (tenantId === TENANT ? tenant : other).must('POST', collectionPath, object);
      assert.equal(metadata.name, objectName);
      return { path: `${collectionPath}/${objectName}`, metadata };
    },
    close: async () => {
      for (const party of [tenant, other]) {
        if (custom) for (const { metadata } of definitions) await party.ask('DELETE', `${DEFINITIONS.path}/${metadata.name}`);
        await party.ask('DELETE', `/api/v1/namespaces/${namespaces[1]}`);
      }
      await parties.close();
    },
  };
}
