/** A thread that asks as one tenant, so many requests a second whatever becomes of them, whenever it is told a number; 0: it rests. */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { Http2Client } from './http2-client.ts';

export interface FloodData {
  readonly kubeconfig: string;
  readonly path: string;
}

export interface FloodResult {
  readonly served: number;
  readonly refused: number;
}

const { kubeconfig, path } = workerData as FloodData;
const client = await Http2Client.open(readKubeconfig(kubeconfig));
let perSecond = 0;
let begunAt = 0;
let asked = 0;
let isOver = false;
const result = { served: 0, refused: 0 };
parentPort!.on('message', (told: number | 'end') => {
  if (told === 'end') isOver = true;
  else [perSecond, begunAt, asked] = [told, performance.now(), 0];
});
parentPort!.postMessage('ready');
while (!isOver) {
  for (const due = ((performance.now() - begunAt) / 1000) * perSecond; asked < due; asked += 1) {
    void client.request('GET', path).then(({ status }) => {
      if (status === 200) result.served += 1;
      if (status === 429) result.refused += 1;
    });
  }
  await delay(4);
}
client.close();
parentPort!.postMessage(result satisfies FloodResult);
parentPort!.close();
