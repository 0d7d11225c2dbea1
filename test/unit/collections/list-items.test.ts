import assert from 'node:assert/strict';
import { FakeApiserver } from './support/fake-apiserver.ts';
import { CLASSES, CLUSTER_ROLES, DEFINITIONS, EVENTS, NAMESPACES, PODS, PRIORITIES, WIDGETS } from './support/fake-kinds.ts';
import { type Gateway, startGateway, TABLE } from './support/gateway.ts';
import { assertNothingForeign, getPage, getPages, placesIn } from './support/pages.ts';
import { definition, inNamespace, owned } from './support/tenants.ts';

/** In the order of upstream's keys: `a-b/x` stands before `a/x`. */
const OWN = ['a-b/x', 'a-b/y', 'a/v', 'a/w', 'a/x', 'b/x', 'web/a', 'web/b', 'web/c'];

describe('lists', () => {
  let apiserver: FakeApiserver;
  let gateway: Gateway;

  const queries = (path: string) => apiserver.asked.filter((request) => request.path === path).map(({ query }) => query!);
  const putAll = (tenantId: string, places: readonly string[], labels?: Record<string, string>): void => {
    for (const namespace of new Set(places.map((place) => place.split('/')[0]!))) apiserver.put(NAMESPACES, owned(tenantId, namespace));
    for (const place of [...places].reverse()) apiserver.put(PODS, inNamespace(tenantId, place, labels));
  };

  beforeEach(async () => {
    apiserver = new FakeApiserver();
    gateway = await startGateway(apiserver);
  });
  afterEach(async () => {
    await gateway.close();
    assert.equal(apiserver.openBodies.size, 0, 'nothing is left unread');
  });

  describe('as a range', () => {
    beforeEach(() => {
      putAll('demo00', ['a/x', 'z/z']);
      putAll('demo01', OWN);
      putAll('demo02', ['a/x', 'b/x']);
    });

    it('have the tenant’s objects alone, in upstream’s order, and no more is asked for than that', async () => {
      const answer = await gateway.get('/api/v1/pods');
      assert.deepEqual(placesIn(answer.json), OWN);
      assert.deepEqual(answer.json.metadata, { resourceVersion: String(apiserver.revision) });
      assert.deepEqual([answer.json.kind, answer.json.apiVersion], ['PodList', 'v1']);
      assertNothingForeign(answer);
      assert.equal(apiserver.asked.length, 1);
    });

    it('begin with a page of the size that the last list had, and some more', async () => {
      await gateway.get('/api/v1/pods');
      await gateway.get('/api/v1/pods');
      assert.deepEqual(
        queries(PODS).map(({ limit }) => limit),
        [100, OWN.length + 10],
      );
      const many = Array.from({ length: 130 }, (_, index) => `web/n${index}`).sort();
      putAll('demo01', many);
      const page = await getPage(gateway, '/api/v1/pods');
      assert.equal(page.places.length, OWN.length + many.length);
      assert.deepEqual(
        queries(PODS)
          .slice(2)
          .map(({ limit }) => limit),
        [OWN.length + 10, 500],
      );
    });

    it('tell by one answer whether there is more', async () => {
      for (const query of ['', '&fieldSelector=metadata.namespace%3Da']) {
        apiserver.asked.length = 0;
        const { places, continueToken } = await getPage(gateway, `/api/v1/pods?limit=2${query}`);
        assert.deepEqual([places.length, continueToken !== undefined, apiserver.asked.length], [2, true, 1]);
      }
    });

    it('end where another’s begin, at the end of the kind, and where there are none', async () => {
      for (const [tenantId, places] of [
        ['demo00', ['a/x', 'z/z']],
        ['demo02', ['a/x', 'b/x']],
        ['aaaaaa', []],
        ['demo03', []],
        ['demo0a', []],
      ] as const) {
        const answer = await gateway.get('/api/v1/pods', { tenantId });
        assert.deepEqual(placesIn(answer.json), places, tenantId);
        assert.equal(answer.json.metadata.resourceVersion, String(apiserver.revision));
      }
      assert.equal(apiserver.asked.length, 5);
    });

    for (const [mode, query] of [
      ['a range', ''],
      ['namespaces', '&labelSelector=app!%3Dnone'],
    ] as const) {
      it(`have as many as are wanted, and a cursor exactly where there are more: as ${mode}`, async () => {
        for (let limit = 1; limit <= OWN.length + 2; limit++) {
          const pages = await getPages(gateway, `/api/v1/pods?limit=${limit}${query}`);
          assert.deepEqual(
            pages.flatMap(({ places }) => places),
            OWN,
            `limit ${limit}`,
          );
          assert.equal(pages.length, Math.ceil(OWN.length / limit), `limit ${limit}`);
        }
      });

      it(`show one revision on all pages, whatever changes meanwhile: as ${mode}`, async () => {
        const { revision } = apiserver;
        let turn = 0;
        const pages = await getPages(gateway, `/api/v1/pods?limit=2${query}`, () => {
          apiserver.put(PODS, inNamespace('demo01', `a-b/new${turn}`));
          apiserver.put(PODS, inNamespace('demo01', `web/new${turn++}`));
          apiserver.delete(PODS, inNamespace('demo01', 'web/c'));
          apiserver.delete(NAMESPACES, owned('demo01', 'b'));
        });
        assert.deepEqual(
          pages.flatMap(({ places }) => places),
          OWN,
        );
        assert.ok(pages.every(({ resourceVersion }) => resourceVersion === String(revision)));
      });
    }

    it('show one revision also where it takes several pages of upstream’s', async () => {
      const many = Array.from({ length: 1_100 }, (_, index) => `web/n${1_000 + index}`);
      putAll('demo01', many);
      const { revision } = apiserver;
      let turn = 0;
      apiserver.delay = async ({ path }) => {
        if (path === PODS && turn++ > 0) {
          apiserver.delete(PODS, inNamespace('demo01', 'web/n2099'));
          apiserver.put(PODS, inNamespace('demo01', 'web/zzz'));
        }
      };
      const { places, resourceVersion } = await getPage(gateway, '/api/v1/pods');
      assert.equal(places.length, OWN.length + many.length);
      assert.ok(places.includes('web/n2099') && !places.includes('web/zzz'));
      assert.equal(resourceVersion, String(revision));
      assert.deepEqual(
        queries(PODS).map(({ limit }) => limit),
        [100, 500, 500, 500],
      );
    });

    it('show the revision that is asked for', async () => {
      const { revision } = apiserver;
      apiserver.put(PODS, inNamespace('demo01', 'a/later'));
      const exact = await getPage(gateway, `/api/v1/pods?resourceVersion=${revision}&resourceVersionMatch=Exact`);
      assert.deepEqual([exact.places, exact.resourceVersion], [OWN, String(revision)]);
      const legacy = await getPage(gateway, `/api/v1/pods?resourceVersion=${revision}&limit=2`);
      assert.deepEqual([legacy.places, legacy.resourceVersion], [OWN.slice(0, 2), String(revision)]);
      const latest = await getPage(gateway, `/api/v1/pods?resourceVersion=${revision}`);
      assert.equal(latest.places.length, OWN.length + 1);
      const tooLate = await gateway.get(`/api/v1/pods?resourceVersion=${apiserver.revision + 1}`);
      assert.deepEqual([tooLate.status, tooLate.json.details.causes[0].reason], [504, 'ResourceVersionTooLarge']);
    });

    it('are read namespace by namespace where too much lies behind', async () => {
      gateway.memory.noteBehind('demo01', 'pods', 12_000);
      const { places } = await getPage(gateway, '/api/v1/pods');
      assert.deepEqual(places, OWN);
      assert.equal(queries(PODS).length, 0, 'there are four namespaces');
      gateway.memory.noteBehind('demo01', 'pods', 9_000);
      assert.deepEqual((await getPage(gateway, '/api/v1/pods')).places, OWN);
      assert.equal(queries(PODS).length, 1);
    });

    it('are read as a range again after some dozens of lists: there may be less behind by now', async () => {
      gateway.memory.noteBehind('demo01', 'pods', 12_000);
      let lists = 0;
      while (queries(PODS).length === 0 && lists++ < 100) await getPage(gateway, '/api/v1/pods');
      assert.ok(lists > 5 && lists < 60, `${lists} lists`);
    });

    it('note how much lies behind', async () => {
      putAll(
        'demo02',
        Array.from({ length: 300 }, (_, index) => `web/n${index}`),
      );
      await getPage(gateway, '/api/v1/pods');
      const [read, all] = [100, OWN.length + 302];
      // Of a kind that has not been listed yet, a hundred are asked for.
      assert.equal(gateway.memory.isRangeDearer('demo01', 'pods', (all - read - 1) / 2_500), true);
      assert.equal(gateway.memory.isRangeDearer('demo01', 'pods', (all - read) / 2_500), false);
    });

    it('take cursors of the other way', async () => {
      const first = await getPage(gateway, '/api/v1/pods?limit=3');
      gateway.memory.noteBehind('demo01', 'pods', 1e6);
      const second = await getPage(gateway, `/api/v1/pods?limit=3&continue=${first.continueToken}`);
      gateway.memory.noteBehind('demo01', 'pods', 0);
      const third = await getPage(gateway, `/api/v1/pods?limit=9&continue=${second.continueToken}`);
      assert.deepEqual([...first.places, ...second.places, ...third.places], OWN);
    });
  });

  describe('by namespaces', () => {
    beforeEach(() => {
      putAll('demo00', ['a/x'], { app: 'one' });
      putAll('demo01', OWN, { app: 'one' });
      apiserver.put(PODS, inNamespace('demo01', 'a/other', { app: 'two' }));
      apiserver.put(NAMESPACES, owned('demo01', 'empty'));
      putAll('demo02', ['a/x'], { app: 'one' });
    });

    it('have what is selected, and each is asked for what is in it alone', async () => {
      const { places } = await getPage(gateway, '/api/v1/pods?labelSelector=app%3Done');
      assert.deepEqual(places, OWN);
      const paths = apiserver.asked.map(({ path }) => path);
      assert.deepEqual(paths, [NAMESPACES, ...['a-b', 'a', 'b', 'empty', 'web'].map((name) => `/api/v1/namespaces/demo01-${name}/pods`)]);
      for (const path of paths.slice(1)) assert.equal(queries(path)[0]!.labelSelector, 'app=one');
    });

    it('are pinned to the revision at which the namespaces were read', async () => {
      const { revision } = apiserver;
      apiserver.delay = async ({ path }) => {
        if (path !== NAMESPACES) apiserver.put(PODS, inNamespace('demo01', 'a/later', { app: 'one' }));
      };
      const { places, resourceVersion } = await getPage(gateway, '/api/v1/pods?labelSelector=app%3Done');
      assert.deepEqual([places, resourceVersion], [OWN, String(revision)]);
    });

    it('ask for the one namespace that can match', async () => {
      const { places } = await getPage(gateway, '/api/v1/pods?fieldSelector=metadata.namespace%3Da,metadata.name!%3Dother');
      assert.deepEqual(places, ['a/v', 'a/w', 'a/x']);
      assert.deepEqual(
        apiserver.asked.map(({ path }) => path),
        ['/api/v1/namespaces/demo01-a/pods'],
      );
      assert.deepEqual(
        (await getPages(gateway, '/api/v1/pods?fieldSelector=metadata.namespace%3Da&limit=2')).map(({ places }) => places),
        [
          ['a/other', 'a/v'],
          ['a/w', 'a/x'],
        ],
      );
      assert.deepEqual((await getPage(gateway, '/api/v1/pods?fieldSelector=metadata.namespace%3Dnone')).places, []);
    });

    it('find nothing', async () => {
      const none = await getPage(gateway, '/api/v1/pods?labelSelector=app%3Dnone');
      assert.deepEqual(none, { places: [], resourceVersion: String(apiserver.revision), continueToken: undefined });
    });

    it('go through many namespaces and more than a page of objects', async () => {
      const many = Array.from({ length: 30 }, (_, index) => `n${10 + index}/x`);
      const deep = Array.from({ length: 1_050 }, (_, index) => `n20-deep/y${1_000 + index}`);
      putAll('demo01', [...many, ...deep], { app: 'three' });
      const expected = [...many, ...deep].sort((a, b) => (a < b ? -1 : 1));
      assert.deepEqual((await getPage(gateway, '/api/v1/pods?labelSelector=app%3Dthree')).places, expected);
      for (const limit of [1_000, 530]) {
        const pages = await getPages(gateway, `/api/v1/pods?labelSelector=app%3Dthree&limit=${limit}`);
        assert.deepEqual(
          pages.flatMap(({ places }) => places),
          expected,
        );
        assert.deepEqual(
          pages.map(({ places }) => places.length),
          limit === 1_000 ? [1_000, 80] : [530, 530, 20],
        );
      }
    });

    it('are what there is on a server that begins at the beginning, which is remembered', async () => {
      apiserver.withoutPages.add(PODS);
      // As where the kind was empty when it was asked whether its server has ranges.
      gateway.memory.noteProbed('pods', true);
      for (const expected of [1, 0]) {
        apiserver.asked.length = 0;
        const answer = await gateway.get('/api/v1/pods?limit=1000', { tenantId: 'demo02' });
        assert.deepEqual(placesIn(answer.json), ['a/x']);
        assert.equal(queries(PODS).length, expected);
      }
      assert.equal(gateway.memory.hasRange('pods'), false);
    });

    it('are what there is on such a server, which is found out before anything is listed', async () => {
      apiserver.withoutPages.add(PODS);
      const answer = await gateway.get('/api/v1/pods', { tenantId: 'demo02' });
      assert.deepEqual(placesIn(answer.json), ['a/x']);
      assert.deepEqual(queries(PODS), []);
    });

    it('on such a server: of a tenant that has no namespaces', async () => {
      apiserver.withoutPages.add(PODS);
      const answer = await gateway.get('/api/v1/pods', { tenantId: 'demo03' });
      assert.deepEqual([answer.status, answer.json?.items], [200, []]);
    });

    it('on such a server: go on where a cursor says', async () => {
      apiserver.withoutPages.add(PODS);
      for (const query of ['', '&labelSelector=app!%3Dnone']) {
        const pages = await getPages(gateway, `/api/v1/pods?limit=4${query}`);
        assert.deepEqual(
          pages.flatMap(({ places }) => places),
          [...OWN.slice(0, 2), 'a/other', ...OWN.slice(2)],
        );
      }
    });

    it('on such a server: go on where a cursor says that was given out as of a range, to the tenant that is the first of all', async () => {
      apiserver.put(PODS, inNamespace('demo00', 'a/y'));
      const asFirst = { tenantId: 'demo00' };
      const first = await gateway.get('/api/v1/pods?limit=1', asFirst);
      apiserver.withoutPages.add(PODS);
      const rest = await gateway.get(`/api/v1/pods?limit=5&continue=${first.json.metadata.continue}`, asFirst);
      assert.deepEqual([...placesIn(first.json), ...placesIn(rest.json)], ['a/x', 'a/y']);
    });
  });

  describe('of kinds that are kept apart', () => {
    it('show those kinds’ own revision, on all pages', async () => {
      apiserver.keepApart(EVENTS, 9_000);
      putAll('demo01', ['a/x', 'b/x']);
      for (const place of ['a/e', 'a/f', 'b/e']) apiserver.put(EVENTS, inNamespace('demo01', place, { app: 'x' }));
      for (const query of ['', '&labelSelector=app%3Dx']) {
        const pages = await getPages(gateway, `/api/v1/events?limit=2${query}`);
        assert.deepEqual(
          pages.map(({ places }) => places),
          [['a/e', 'a/f'], ['b/e']],
        );
        assert.deepEqual(
          pages.map(({ resourceVersion }) => resourceVersion),
          ['9003', '9003'],
        );
      }
    });
  });

  describe('of cluster-scoped kinds', () => {
    const OWN_ROLES = ['a', 'b', 'c', 'd'];
    beforeEach(() => {
      for (const tenantId of ['demo00', 'demo01', 'demo02']) {
        for (const name of OWN_ROLES) apiserver.put(CLUSTER_ROLES, owned(tenantId, name));
        for (const group of ['x.io', 'y.io'])
          for (const plural of ['as', 'bs']) apiserver.put(DEFINITIONS, definition(tenantId, plural, group));
      }
      apiserver.put(CLUSTER_ROLES, { metadata: { name: 'system:admin' } });
    });

    it('are a range, too', async () => {
      for (let limit = 1; limit <= 5; limit++) {
        const pages = await getPages(gateway, `${CLUSTER_ROLES}?limit=${limit}`);
        assert.deepEqual(
          pages.flatMap(({ places }) => places),
          OWN_ROLES,
        );
        assert.equal(pages.length, Math.ceil(4 / limit));
      }
      assert.ok(apiserver.asked.every(({ query }) => query!.labelSelector === undefined));
    });

    it('are chosen by the tenant’s label where upstream is to select', async () => {
      for (const tenantId of ['demo00', 'demo01'])
        for (const name of ['a', 'b']) apiserver.put(PRIORITIES, owned(tenantId, name, { app: name }));
      assert.deepEqual((await getPage(gateway, `${PRIORITIES}?labelSelector=app%3Db`)).places, ['b']);
      assert.equal(apiserver.asked.at(-1)!.query!.labelSelector, 'kubezoo.io/tenant=demo01,app=b');
    });

    it('are chosen by the label where their names are no range: CRDs', async () => {
      const all = ['as.x.io', 'as.y.io', 'bs.x.io', 'bs.y.io'];
      assert.deepEqual((await getPage(gateway, DEFINITIONS)).places, all);
      const { revision } = apiserver;
      const pages = await getPages(
        gateway,
        `${DEFINITIONS}?limit=3`,
        () => void apiserver.put(DEFINITIONS, definition('demo01', 'zs', 'x.io')),
      );
      assert.deepEqual(
        pages.flatMap(({ places }) => places),
        all,
      );
      assert.ok(pages.every(({ resourceVersion }) => resourceVersion === String(revision)));
    });

    it('are one object where it is named', async () => {
      assert.deepEqual((await getPage(gateway, `${CLUSTER_ROLES}?fieldSelector=metadata.name%3Dc`)).places, ['c']);
      assert.equal(apiserver.asked.at(-1)!.query!.fieldSelector, 'metadata.name=demo01-c');
      assert.deepEqual((await getPage(gateway, `${CLUSTER_ROLES}?fieldSelector=metadata.name%3Dsystem:admin`)).places, []);
      assert.deepEqual((await getPage(gateway, `${DEFINITIONS}?fieldSelector=metadata.name%3Dbs.y.io`)).places, ['bs.y.io']);
      assert.deepEqual((await getPage(gateway, `${CLUSTER_ROLES}?fieldSelector=metadata.name%3Dc&labelSelector=app%3Dx`)).places, []);
    });
  });

  describe('of classes', () => {
    beforeEach(() => {
      apiserver.put(CLASSES, { metadata: { name: 'fast', labels: { 'kubezoo.io/shared': 'true' } } });
      apiserver.put(CLASSES, { metadata: { name: 'hidden' } });
      apiserver.put(CLASSES, { metadata: { name: 'standard', labels: { 'kubezoo.io/shared': 'true', tier: 'low' } } });
      for (const tenantId of ['demo00', 'demo01', 'demo02']) for (const name of ['a', 'b']) apiserver.put(CLASSES, owned(tenantId, name));
      for (const name of ['standard', 'fast']) gateway.sharedClasses.add(name);
    });

    it('have the shared ones behind the tenant’s own', async () => {
      const { revision } = apiserver;
      for (let limit = 1; limit <= 6; limit++) {
        const pages = await getPages(gateway, `${CLASSES}?limit=${limit}`, () => void apiserver.pass());
        assert.deepEqual(
          pages.flatMap(({ places }) => places),
          ['a', 'b', 'fast', 'standard'],
        );
        assert.equal(pages.length, Math.ceil(4 / limit), `limit ${limit}`);
        assert.equal(new Set(pages.map(({ resourceVersion }) => resourceVersion)).size, 1);
      }
      assert.ok(apiserver.revision > revision);
    });

    it('have each once, also where nobody else’s stand between the tenant’s and the shared ones', async () => {
      for (let limit = 1; limit <= 5; limit++) {
        const first = await gateway.get(`${CLASSES}?limit=${limit}`, { tenantId: 'demo02' });
        const { metadata } = first.json;
        const rest = metadata.continue && (await gateway.get(`${CLASSES}?continue=${metadata.continue}`, { tenantId: 'demo02' }));
        const names = [...placesIn(first.json), ...(rest ? placesIn(rest.json) : [])];
        assert.deepEqual(names, ['a', 'b', 'fast', 'standard'], `limit ${limit}`);
      }
    });

    it('select among them as well', async () => {
      assert.deepEqual((await getPage(gateway, `${CLASSES}?labelSelector=tier%3Dlow`)).places, ['standard']);
      assert.deepEqual((await getPage(gateway, `${CLASSES}?fieldSelector=metadata.name%3Dfast`)).places, ['fast']);
      assert.deepEqual((await getPage(gateway, `${CLASSES}?fieldSelector=metadata.name%3Dhidden`)).places, []);
      assert.deepEqual((await getPage(gateway, `${CLASSES}?fieldSelector=metadata.name!%3Da`)).places, ['b', 'fast', 'standard']);
    });

    it('select among them by another name than one', async () => {
      assert.deepEqual((await getPage(gateway, `${CLASSES}?fieldSelector=metadata.name!%3Dfast`)).places, ['a', 'b', 'standard']);
    });

    it('say their revision also where those that were to come are shared no more', async () => {
      const { continueToken, resourceVersion } = await getPage(gateway, `${CLASSES}?limit=3`);
      gateway.sharedClasses.clear();
      const rest = await getPage(gateway, `${CLASSES}?limit=3&continue=${continueToken}`);
      assert.deepEqual(rest, { places: [], resourceVersion, continueToken: undefined });
    });

    it('have none that upstream has deleted, or that are gone from it', async () => {
      apiserver.delete(CLASSES, { metadata: { name: 'standard' } });
      assert.deepEqual((await getPage(gateway, CLASSES)).places, ['a', 'b', 'fast']);
    });
  });

  it('of custom resources of the platform’s are as any: whatever the order of the keys', async () => {
    putAll('demo01', ['a/x']);
    for (const tenantId of ['demo00', 'demo01', 'demo02'])
      for (const place of ['a/v', 'a/w']) apiserver.put(WIDGETS, inNamespace(tenantId, place));
    const answer = await gateway.get(WIDGETS);
    assert.deepEqual([answer.json.kind, answer.json.apiVersion], ['WidgetList', 'shop.example.com/v1']);
    assert.deepEqual(
      answer.json.items.map(({ kind }: { kind: string }) => kind),
      ['Widget', 'Widget'],
    );
    assert.deepEqual(
      (await getPages(gateway, `${WIDGETS}?limit=1`)).map(({ places }) => places),
      [['a/v'], ['a/w']],
    );
  });

  it('as Tables have their columns, also without rows', async () => {
    putAll('demo01', ['a/x', 'a/y']);
    for (const tenantId of ['demo01', 'demo03']) {
      const { json } = await gateway.get('/api/v1/pods', { accept: TABLE, tenantId });
      assert.deepEqual([json.kind, json.columnDefinitions[0].name], ['Table', 'Name']);
      assert.deepEqual(placesIn(json), tenantId === 'demo01' ? ['a/x', 'a/y'] : []);
    }
  });
});
