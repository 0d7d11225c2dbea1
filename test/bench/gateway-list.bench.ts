/**
 * A list of 1,000 pods as JSON and as protobuf, straight at upstream and through the gateway, by turns in one run on the whole stack.
 * Ends with 1 where protobuf takes longer through the gateway than JSON does.
 */
import { answersWith, type KubeClient } from '../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { findTools } from '../helpers/find-tools.ts';
import { startStack } from '../helpers/stack.ts';

const PODS = 1000;
const ROUNDS = 40;
const WARM_UP = 5;
const FORMS = { JSON: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf' } as const;
const TENANT = 'demo01';

await findTools();
const stack = await startStack({ tenants: [TENANT] });
try {
  const sides: Record<string, { client: KubeClient; path: string }> = {
    direct: { client: stack.client('upstream'), path: `/api/v1/namespaces/${TENANT}-default/pods` },
    gateway: { client: stack.client({ tenant: TENANT }), path: '/api/v1/namespaces/default/pods' },
  };
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  await waitUntil('the ServiceAccount of the pods', () => answersWith(sides.gateway!.client, account), { timeoutMs: 30_000 });
  await makePods(sides.gateway!.client, sides.gateway!.path);
  const times = new Map<string, number[]>();
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [side, { client, path }] of Object.entries(sides)) {
      for (const [form, accept] of Object.entries(FORMS)) {
        const before = performance.now();
        const { status, headers } = await client.request('GET', path, { accept });
        const took = performance.now() - before;
        if (status !== 200 || headers['content-type'] !== accept) throw new Error(`${side}, ${form}: ${status} ${headers['content-type']}`);
        if (round >= 0) times.set(`${side} ${form}`, [...(times.get(`${side} ${form}`) ?? []), took]);
      }
    }
  }
  for (const { client } of Object.values(sides)) client.close();
  const median = (key: string) => times.get(key)!.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  for (const key of times.keys()) console.log(`${key}: ${median(key).toFixed(1)} ms`);
  const ratio = median('gateway JSON') / median('gateway protobuf');
  console.log(`through the gateway a list in protobuf is ${ratio.toFixed(2)} times as fast as in JSON`);
  console.log(`the gateway's list takes x${(median('gateway JSON') / median('direct JSON')).toFixed(2)} of direct's in JSON`);
  console.log(`the gateway's list takes x${(median('gateway protobuf') / median('direct protobuf')).toFixed(2)} of direct's in protobuf`);
  process.exitCode = ratio >= 1 ? 0 : 1;
} finally {
  await stack.stop();
}

async function makePods(client: KubeClient, path: string): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let index = next++; index < PODS; index = next++) {
      const body = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `pod-${index}`, labels: { app: 'bench' } },
        spec: { serviceAccountName: 'default', containers: [{ name: 'main', image: 'example.com/none' }] },
      };
      const { status, body: answer } = await client.request('POST', path, { body });
      if (status !== 201) throw new Error(answer);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
