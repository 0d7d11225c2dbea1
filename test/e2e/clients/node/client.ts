/** `@kubernetes/client-node` as a tenant's program uses it. Arguments: namespace, a running pod in `running`. A JSON line for each check that held. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { ApiException, CoreV1Api, Exec, KubeConfig, makeInformer, type V1ConfigMap, Watch } from '@kubernetes/client-node';
import { waitUntil } from '../../../../src/launch/wait-until.ts';

const [namespace = '', pod = ''] = process.argv.slice(2);
const forbidden = process.env.FORBIDDEN!;
const config = new KubeConfig();
config.loadFromFile(process.env.KUBECONFIG!);
const core = config.makeApiClient(CoreV1Api);

function held(check: string, detail: unknown = ''): void {
  console.log(JSON.stringify({ check, detail: String(detail) }));
}

function clean<T>(answer: T): T {
  assert.ok(!JSON.stringify(answer).includes(forbidden), JSON.stringify(answer));
  return answer;
}

const patience = { timeoutMs: 30_000 };

clean(await core.createNamespace({ body: { metadata: { name: namespace } } }));
const informer = makeInformer<V1ConfigMap>(config, '/api/v1/configmaps', () => core.listConfigMapForAllNamespaces());
const seen: string[] = [];
for (const verb of ['add', 'update', 'delete'] as const) {
  informer.on(verb, (object) => {
    clean(object);
    if (object.metadata?.name === 'seen' && object.metadata.namespace === namespace) seen.push(verb);
  });
}
await informer.start();
const watched: string[] = [];
const watching = await new Watch(config).watch(
  `/api/v1/namespaces/${namespace}/configmaps`,
  {},
  (phase, object: V1ConfigMap) => watched.push(`${phase} ${clean(object).metadata?.name}`),
  () => {},
);
const made = clean(await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'seen' }, data: { a: '1' } } }));
assert.equal(made.metadata?.namespace, namespace);
await waitUntil('the informer to add', () => seen.includes('add'), patience);
clean(await core.patchNamespacedConfigMap({ name: 'seen', namespace, body: [{ op: 'add', path: '/data/b', value: '2' }] }));
await waitUntil('the informer to update', () => seen.includes('update'), patience);
const refused = await core.replaceNamespacedConfigMap({ name: 'seen', namespace, body: made }).catch((error: unknown) => error);
assert.ok(refused instanceof ApiException && refused.code === 409);
clean(refused.body);
assert.deepEqual(informer.get('seen', namespace)?.data, { a: '1', b: '2' });
clean(await core.deleteNamespacedConfigMap({ name: 'seen', namespace }));
await waitUntil('the informer to delete', () => seen.includes('delete'), patience);
assert.deepEqual(seen, ['add', 'update', 'delete']);
held('informer', seen);
await waitUntil('the watch', () => watched.includes('DELETED seen'), patience);
held('watch', watched);
await informer.stop();
watching.abort();
assert.ok(clean(await core.listNamespace()).items.some(({ metadata }) => metadata?.name === namespace));
held('create, patch, replace, delete, list');

const [stdout, stdin] = [new PassThrough(), new PassThrough()];
let output = '';
stdout.setEncoding('utf8').on('data', (text: string) => {
  output += text;
});
const status = await new Promise<{ status?: string; details?: { causes?: { message?: string }[] } }>((resolve, reject) => {
  new Exec(config)
    .exec('running', pod, 'main', ['sh', '-c', 'read x; echo $x; exit 3'], stdout, null, stdin, false, resolve)
    .then(() => stdin.write('typed\n'), reject);
});
assert.deepEqual([output, status.status, status.details?.causes?.[0]?.message], ['typed\n', 'Failure', '3']);
held('exec');
clean(await core.deleteNamespace({ name: namespace }));
held("nothing of upstream's names in any answer");
process.exit(0);
