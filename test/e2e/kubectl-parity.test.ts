/** The same kubectl commands straight at upstream and as two tenants through the gateway: nobody can tell the difference. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKubectl } from '../helpers/find-tools.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { checkDirect, compareOutcomes, type Side } from './kubectl-parity/compare.ts';
import { EXCEPTIONS, findLeaks, secretsOf } from './kubectl-parity/find-leaks.ts';
import { differencesTable } from './kubectl-parity/print-differences.ts';
import { type Recorded, recordSession } from './kubectl-parity/record-session.ts';
import { type Step, titleOf } from './kubectl-parity/step.ts';
import { CONTROL_STEPS, PARTS, STEPS, untranslated } from './kubectl-parity/steps.ts';

/** Ids that no text holds by accident. */
const TENANT_A = 'qxzaa1';
const TENANT_B = 'qxzbb2';
/** Direct's questions about tenants: two that there are not. */
const NOBODY = 'qxzcc3';
const NOBODY_ELSE = 'qxzdd4';
const BUDGET_MS = 10 * 60_000;

describe('kubectl, direct and as two tenants', () => {
  let stack: Stack | undefined;
  let direct: Recorded;
  let tenants: Readonly<Record<string, Recorded>>;
  /** Upstream's own answers about tenant A's objects, and direct's at the same moment: what the tests must not pass. */
  let control: { readonly untranslated: Recorded; readonly direct: Recorded };
  const recordings: Recorded[] = [];
  let failed = false;
  const folder = mkdtempSync(join(tmpdir(), 'kz-parity-'));

  before(async function () {
    this.timeout(BUDGET_MS);
    stack = await startStack({ tenants: [TENANT_A, TENANT_B] });
    const kubectl = await findKubectl();
    const record = async (name: string, kubeconfig: string, ownId: string, foreignId: string) => {
      const recorded = await recordSession({
        kubectl,
        folder: join(folder, name),
        kubeconfig,
        own: `${ownId}-shop`,
        foreign: `${foreignId}-shop`,
      });
      recordings.push(recorded);
      return recorded;
    };
    const upstream = stack.kubeconfig('upstream');
    direct = await record('direct', upstream, NOBODY, NOBODY_ELSE);
    tenants = {
      [TENANT_A]: await record(TENANT_A, stack.kubeconfig({ tenant: TENANT_A }), TENANT_A, TENANT_B),
      [TENANT_B]: await record(TENANT_B, stack.kubeconfig({ tenant: TENANT_B }), TENANT_B, TENANT_A),
    };
    control = {
      untranslated: await record('untranslated', upstream, NOBODY, NOBODY),
      direct: await record('direct-again', upstream, NOBODY, NOBODY),
    };
    const sessions = [direct, ...Object.values(tenants)].map(({ session }) => session);
    const { delete: last = [], ...first } = PARTS;
    await Promise.all(sessions.map((session) => session.run(Object.values(first).flat())));
    await Promise.all([
      control.direct.session.run(CONTROL_STEPS),
      control.untranslated.session.run(CONTROL_STEPS.map((step) => untranslated(step, TENANT_A))),
    ]);
    await Promise.all(sessions.map((session) => session.run(last)));
  });

  afterEach(function () {
    failed ||= this.currentTest?.state === 'failed';
  });

  after(async function () {
    this.timeout(60_000);
    for (const recorded of recordings) await recorded.close();
    if (failed && stack) console.error(stack.logs());
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
    console.log(`explained differences:\n${differencesTable(STEPS)}`);
  });

  const sideOf = ({ session }: Recorded, step: Step): Side => ({ outcome: session.outcomeOf(step), words: session.options });

  it('has at least 70 steps, each with a title of its own', () => {
    const titles = STEPS.map(titleOf);
    assert.ok(titles.length >= 70);
    assert.deepEqual(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
    );
  });

  for (const [part, steps] of Object.entries(PARTS)) {
    describe(part, () => {
      for (const step of steps) {
        it(titleOf(step), () => {
          assert.equal(checkDirect(step, direct.session.outcomeOf(step)), undefined, 'direct');
          for (const [tenantId, tenant] of Object.entries(tenants)) {
            const problem = compareOutcomes(step, sideOf(direct, step), sideOf(tenant, step));
            if (problem) assert.fail(`${tenantId}: ${problem}`);
          }
        });
      }
    });
  }

  describe('on the wire', () => {
    for (const [ownId, otherId] of [
      [TENANT_A, TENANT_B],
      [TENANT_B, TENANT_A],
    ] as const) {
      it(`no byte that ${ownId} received holds its id, ${otherId}’s, or a name of the gateway (but for ${EXCEPTIONS.map(({ name }) => name).join(', ')})`, () => {
        const { connections, session } = tenants[ownId]!;
        const echoes = new Map(
          STEPS.filter(({ echoes }) => echoes).map((step) => [titleOf(step), [session.options.own, session.options.foreign]]),
        );
        assert.deepEqual(findLeaks(connections(), secretsOf(ownId, otherId), echoes), []);
      });

      it(`every connection of ${ownId} was recorded, in plain text`, () => {
        const wire = tenants[ownId]!.connections().map(({ received }) => Buffer.concat(received).toString('latin1'));
        // kubectl makes a new one at least for each command that asks anything at all.
        assert.ok(wire.filter((text) => text.startsWith('HTTP/1.1 ')).length > STEPS.length / 2);
        assert.ok(wire.some((text) => text.includes('"namespace":"shop"')));
        assert.deepEqual(
          wire.filter((text) => /\r\ncontent-encoding:/i.test(text)),
          [],
        );
      });
    }
  });

  describe('without translation', () => {
    for (const step of CONTROL_STEPS) {
      it(`${titleOf(step)} would be told apart`, () => {
        const other = untranslated(step, TENANT_A);
        const [outcome] = [...control.untranslated.session.outcomes]
          .filter(([ran]) => titleOf(ran) === titleOf(other))
          .map(([, ran]) => ran);
        assert.ok(outcome);
        assert.equal(checkDirect(step, outcome), undefined, 'upstream has the object under its own name');
        const got = { outcome, words: control.untranslated.session.options };
        assert.notEqual(compareOutcomes(step, sideOf(control.direct, step), got), undefined);
      });
    }

    it('the wire would show it', () => {
      const leaks = findLeaks(control.untranslated.connections(), secretsOf(TENANT_A, TENANT_B), new Map());
      const labels = new Set(leaks.map(({ label }) => label));
      assert.deepEqual(
        CONTROL_STEPS.map((step) => titleOf(untranslated(step, TENANT_A))).filter((label) => !labels.has(label)),
        [],
      );
    });

    it('direct beside itself is equal', () => {
      for (const step of CONTROL_STEPS)
        assert.equal(compareOutcomes(step, sideOf(control.direct, step), sideOf(control.direct, step)), undefined);
    });
  });
});
