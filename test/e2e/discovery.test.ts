/** Discovery and OpenAPI as clients meet them: kubectl through the gateway, compared with kubectl straight at upstream. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../src/launch/wait-until.ts';
import type { KubectlResult } from '../helpers/kubectl.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { As, Stack } from '../helpers/stack.ts';
import { definition } from '../integration/local/support/custom-resource-definitions.ts';

const OWNER = { tenant: 'demo01' } as const;
const OTHER = { tenant: 'demo02' } as const;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What the tenant has as `acme.io`, upstream has too, for comparison; to the tenants it is nobody's. */
const CRDS: [As, ReturnType<typeof definition>][] = [
  [OWNER, definition({ group: 'acme.io', plural: 'widgets', kind: 'Widget' })],
  [OWNER, definition({ group: 'acme.io', plural: 'gadgets', kind: 'Gadget', scope: 'Cluster' })],
  ['upstream', definition({ group: 'acme.io', plural: 'widgets', kind: 'Widget' })],
  ['upstream', definition({ group: 'acme.io', plural: 'gadgets', kind: 'Gadget', scope: 'Cluster' })],
  [OTHER, definition({ group: 'acme.io', plural: 'widgets', kind: 'Widget', secret: 'secret of demo02' })],
  [OTHER, definition({ group: 'other.example.com', plural: 'others', kind: 'Other', secret: 'secret of demo02' })],
];
const WIDGET = { apiVersion: 'acme.io/v1', kind: 'Widget', metadata: { name: 'first' }, spec: { size: 3, text: 'demo01-acme.io' } };

describe('discovery with kubectl', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async () => {
    stack = await sharedStack();
    for (const [as, crd] of CRDS) await stack.mustKubectl(['create', '-f', '-'], as, { stdin: JSON.stringify(crd) });
    for (const as of ['upstream', OWNER, OTHER] as const) {
      await waitUntil('the CRDs to be in all documents', async () => (await hasWidgets(as)) || undefined, { timeoutMs: 30_000 });
    }
  });
  after(async () => {
    for (const [as, crd] of CRDS) await stack?.kubectl(['delete', 'crd', crd.metadata.name, '--wait=false'], as);
  });

  async function hasWidgets(as: As): Promise<boolean> {
    const documents = await Promise.all(
      ['/apis', '/openapi/v2', '/openapi/v3/apis/acme.io/v1'].map((path) => stack.kubectl(['get', '--raw', path], as)),
    );
    return (
      documents.every(({ code, stdout }) => code === 0 && stdout.includes('acme.io')) &&
      /gadgets/.test(documents[2]!.stdout) !== (as === OTHER)
    );
  }

  // At upstream a kind's name alone may be any tenant's, so it is said in full.
  const SAME = [
    'explain widgets --api-version=acme.io/v1',
    'explain widgets --recursive --api-version=acme.io/v1',
    'explain widgets.spec.template --api-version=acme.io/v1',
    'explain gadgets.spec.size --api-version=acme.io/v1',
    'explain gadgets --api-version=acme.io/v1beta1',
    'explain widgets.spec --output=plaintext-openapiv2 --api-version=acme.io/v1',
    'explain gadgets --recursive --output=plaintext-openapiv2 --api-version=acme.io/v1',
    'explain widgets.nothing --api-version=acme.io/v1',
    'explain pods.spec.containers.resources',
    'get widgets.acme.io',
    'get gadgets.acme.io',
    'get widgets.v1beta1.acme.io',
    'get widget.acme.io first',
    'get nothings.acme.io',
    'get widgets.v9.acme.io',
    'api-resources --api-group=acme.io -o wide --sort-by=name',
    'api-resources --api-group=nobody.example.org',
    'get --raw /apis/acme.io',
    'get --raw /apis/acme.io/v9',
    'get --raw /openapi/v3/apis/acme.io/v9',
    'get --raw /openapi/v3/apis/nobody.example.org/v1',
    'get --raw /livez/ping',
    'get --raw /livez/nothing',
    'get --raw /.well-known/nothing',
  ];
  for (const args of SAME) {
    it(`${args}: as upstream`, async () => {
      const [own, upstream] = await Promise.all([stack.kubectl(args.split(' '), OWNER), stack.kubectl(args.split(' '), 'upstream')]);
      assert.deepEqual(own, upstream);
      assert.ok(own.stdout + own.stderr !== '');
    });
  }

  it('create --validate=strict and apply: as upstream', async () => {
    const bad = { ...WIDGET, spec: { ...WIDGET.spec, sise: 4, lure: { any: 1 } } };
    const missing = { ...WIDGET, spec: {} };
    const wrong = { ...WIDGET, spec: { size: 'three' } };
    const unknown = { ...WIDGET, apiVersion: 'acme.io/v9' };
    for (const [args, object] of [
      ['create --validate=strict', bad],
      ['create --validate=strict', missing],
      ['create --validate=strict', wrong],
      ['create --validate=strict', unknown],
      ['create --validate=warn', bad],
      ['delete', WIDGET],
      ['create --validate=strict', WIDGET],
      ['apply --validate=strict --dry-run=server', bad],
      ['apply --validate=true', { ...WIDGET, spec: { size: 5 } }],
      ['apply --server-side --force-conflicts', { ...WIDGET, spec: { size: 6 } }],
      ['get -o=jsonpath={.spec}', WIDGET],
      ['scale --replicas=2', WIDGET],
      ['delete', WIDGET],
    ] as const) {
      const run = (as: As) => stack.kubectl([...args.split(' '), '-f', '-'], as, { stdin: JSON.stringify(object) });
      const [own, upstream] = [await run(OWNER), await run('upstream')];
      assert.deepEqual(withoutObject(own), withoutObject(upstream), args);
    }
  });

  it('finds a kind by its name, its short name and its category', async () => {
    await stack.mustKubectl(['create', '-f', '-'], OWNER, { stdin: JSON.stringify(WIDGET) });
    try {
      for (const what of ['widgets', 'widget', 'wi', 'mine', 'all']) {
        const { stdout } = await stack.kubectl(['get', what, '-o', 'name'], OWNER);
        assert.match(stdout, /^widget\.acme\.io\/first$/m, what);
      }
      assert.match(await stack.mustKubectl(['explain', 'wi.spec'], OWNER), /GROUP: +acme\.io\nKIND: +Widget/);
      assert.equal(
        await stack.mustKubectl(['api-resources', '--categories=mine', '-o', 'name'], OWNER),
        'gadgets.acme.io\nwidgets.acme.io\n',
      );
    } finally {
      await stack.mustKubectl(['delete', 'widgets', '--all'], OWNER);
    }
  });

  it('shows tenants what is theirs: api-resources and api-versions', async () => {
    const linesOf = async (as: As, args: string): Promise<string[]> => (await stack.mustKubectl(args.split(' '), as)).trim().split('\n');
    const custom = (lines: string[]): string[] => lines.filter((line) => /acme|example|demo0/.test(line)).toSorted();
    assert.deepEqual(custom(await linesOf(OWNER, 'api-versions')), ['acme.io/v1', 'acme.io/v1beta1']);
    assert.deepEqual(custom(await linesOf(OTHER, 'api-versions')), [
      'acme.io/v1',
      'acme.io/v1beta1',
      'other.example.com/v1',
      'other.example.com/v1beta1',
    ]);
    assert.deepEqual(custom(await linesOf(OWNER, 'api-resources -o name')), ['gadgets.acme.io', 'widgets.acme.io']);
    assert.deepEqual(custom(await linesOf(OTHER, 'api-resources -o name')), ['others.other.example.com', 'widgets.acme.io']);
    const upstream = await linesOf('upstream', 'api-versions');
    const builtIn = (await linesOf(OWNER, 'api-versions')).filter((version) => !version.startsWith('acme.io/'));
    assert.deepEqual(
      builtIn,
      upstream.filter((version) => builtIn.includes(version)),
    );
  });

  it('says nothing of others in any byte', async () => {
    const client = stack.client(OWNER);
    try {
      const paths: [string, string][] = [
        ['/', '*/*'],
        ['/apis', AGGREGATED],
        ['/apis', 'application/json'],
        ['/openapi/v2', 'application/json'],
        ['/openapi/v2', V2_PROTOBUF],
        ['/openapi/v3', '*/*'],
      ];
      const { paths: index } = JSON.parse((await client.request('GET', '/openapi/v3')).body) as { paths: object };
      for (const path of Object.keys(index)) paths.push([`/openapi/v3/${path}`, 'application/json']);
      for (const [path, accept] of paths) {
        const { status, body } = await client.request('GET', path, { accept });
        assert.equal(status, 200, path);
        assert.doesNotMatch(body, /secret of|other\.example|example\.other|demo02-other/, path);
        // The definitions' own text and defaults may say what their tenant wrote into them.
        if (!path.includes('openapi')) assert.doesNotMatch(body, /demo0/, path);
      }
    } finally {
      client.close();
    }
  });

  it('sees a new kind, and its end, in every document as soon as it is asked for by kubectl', async () => {
    const crd = definition({ group: 'late.example.com', plural: 'lates', kind: 'Late' });
    const manifest = JSON.stringify(crd);
    const seesIt = async (): Promise<boolean> => {
      const [get, explain] = await Promise.all([
        stack.kubectl(['get', 'lates'], OWNER),
        stack.kubectl(['explain', 'lates.spec.size'], OWNER),
      ]);
      return get.code === 0 && explain.code === 0;
    };
    assert.equal(await seesIt(), false);
    await stack.mustKubectl(['create', '-f', '-'], OWNER, { stdin: manifest });
    const made = performance.now();
    await waitUntil('the kind to be there', async () => (await seesIt()) || undefined, { timeoutMs: 30_000 });
    const seen = performance.now();
    await stack.mustKubectl(['delete', '-f', '-', '--wait=false'], OWNER, { stdin: manifest });
    const removed = performance.now();
    const isGone = async () => {
      const { stdout } = await stack.kubectl(['api-resources', '--api-group=late.example.com', '-o', 'name'], OWNER);
      const { code } = await stack.kubectl(['get', '--raw', '/openapi/v3/apis/late.example.com/v1'], OWNER);
      return (stdout === '' && code !== 0) || undefined;
    };
    await waitUntil('the kind to be gone', isGone, { timeoutMs: 30_000 });
    console.log(`      seen after ${(seen - made).toFixed()} ms, gone after ${(performance.now() - removed).toFixed()} ms`);
  });
});

/** Some errors of patches quote the whole object, with its uid and times. */
function withoutObject({ stdout, stderr, code }: KubectlResult): KubectlResult {
  return { code, stdout, stderr: stderr.replace(/Invalid value: "{.*}": /, '') };
}
