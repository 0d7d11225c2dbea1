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
const COUNT = 14;
const BYTES = 1_000_000;
const CLIENTS = 10;

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

  for (const [title, path, mayWait, metric] of [
    ['over all namespaces', CONFIG_MAPS.path, 4, 'kubezoo_collection_stalled_total'],
    ['in one namespace', pathIn(CONFIG_MAPS, NAME), 8, 'kubezoo_exchanges_ended_total{kind="request",end="cut"}'],
  ] as const) {
    it(`${title}: those above ${mayWait} are cut, the others are waited for`, async () => {
      const lists = Array.from({ length: CLIENTS }, () =>
        openExchange(stage.tenant.cluster, withQuery(path, { labelSelector: stage.mine }), { timeoutMs: 110_000 }),
      );
      const cutBefore = await countCut(metric);
      try {
        const answers = await Promise.all(lists.map(({ response }) => response));
        for (const answer of answers) assert.equal(answer.pause().statusCode, 200);
        const tooMany = CLIENTS - mayWait;
        await waitUntil(`${tooMany} to be cut`, async () => (await countCut(metric)) - cutBefore >= tooMany, { timeoutMs: 60_000 });
        assert.equal((await countCut(metric)) - cutBefore, tooMany, 'no more than were too many');
        // Upstream gives each a minute, on a busy machine too little for all: with the first that is whole it is known that some were waited for.
        const ends: unknown[] = [];
        for (const answer of answers.slice(0, tooMany + 1)) {
          const end = await (json(answer) as Promise<{ items: unknown[] }>).then(
            ({ items }) => items.length,
            (error: NodeJS.ErrnoException) => error.code,
          );
          ends.push(end);
          if (end !== 'ECONNRESET') break;
        }
        assert.equal(ends.at(-1), COUNT, `they ended with ${ends}`);
      } finally {
        for (const list of lists) list.cut();
      }
    });
  }
});
