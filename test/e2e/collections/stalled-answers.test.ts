/** Clients of one tenant that ask for long lists and do not read them: upstream must not be left waiting for all of them (decision 51). */
import assert from 'node:assert/strict';
import { json } from 'node:stream/consumers';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { TENANT } from '../isolation/parties.ts';
import { CONFIG_MAPS, pathIn } from './support/collection.ts';
import { withQuery } from './support/read-list.ts';
import { MARK, type Stage, setStage } from './support/stage.ts';

const NAME = 'collstalled';
/** Together much more than what kernels and proxies hold for a connection. */
const COUNT = 16;
const BYTES = 1_000_000;
const MAY_WAIT = 8;
const CLIENTS = MAY_WAIT + 2;

describe('long lists that are not read', function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async () => {
    stage = await setStage(NAME);
    const { platform } = stage;
    // As the platform: it is the faster way to the same objects.
    const where = pathIn(CONFIG_MAPS, `${TENANT}-${NAME}`);
    for (let index = 0; index < COUNT; index++) {
      const metadata = { name: `big-${index}`, labels: { [MARK]: NAME } };
      await platform.must('POST', where, { metadata, data: { big: 'x'.repeat(BYTES) } });
    }
  });

  after(async () => {
    await stage.platform.ask('DELETE', `${pathIn(CONFIG_MAPS, `${TENANT}-${NAME}`)}?labelSelector=${stage.mine}`);
    await stage.close();
  });

  /** How many the gateway says that it has cut. (The client learns of it when it reads.) */
  async function countCut(metric: string): Promise<number> {
    const text = await (await fetch(`${stage.stack.endpoints.admin}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${metric} `))
        ?.slice(metric.length + 1) ?? 0,
    );
  }

  for (const [title, path, metric] of [
    ['over all namespaces', CONFIG_MAPS.path, 'kubezoo_collection_stalled_total'],
    ['in one namespace', pathIn(CONFIG_MAPS, NAME), 'kubezoo_exchanges_ended_total{kind="request",end="cut"}'],
  ] as const) {
    it(`${title}: those above eight are cut, the others wait and are whole`, async () => {
      const lists = Array.from({ length: CLIENTS }, () =>
        openExchange(stage.tenant.cluster, withQuery(path, { labelSelector: stage.mine }), { timeoutMs: 110_000 }),
      );
      const cutBefore = await countCut(metric);
      try {
        const answers = await Promise.all(lists.map(({ response }) => response));
        for (const answer of answers) assert.equal(answer.pause().statusCode, 200);
        const tooMany = CLIENTS - MAY_WAIT;
        await waitUntil(`${tooMany} to be cut`, async () => (await countCut(metric)) - cutBefore >= tooMany, { timeoutMs: 60_000 });
        const read = await Promise.allSettled(answers.map((answer) => json(answer) as Promise<{ items: unknown[] }>));
        const counts = read.map((one) => (one.status === 'fulfilled' ? one.value.items.length : one.reason.code));
        assert.deepEqual(counts.toSorted(), [
          ...Array.from({ length: MAY_WAIT }, () => COUNT),
          ...Array.from({ length: tooMany }, () => 'ECONNRESET'),
        ]);
      } finally {
        for (const list of lists) list.cut();
      }
    });
  }
});
