/** The same calls of the API, straight at upstream and through the gateway: equal answers, byte for byte but for what no two runs share. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { Caller } from './api-parity/call.ts';
import { differenceOf } from './api-parity/difference-of.ts';
import { withoutExplained } from './api-parity/differences.ts';
import { DEFINITIONS, KINDS } from './api-parity/kinds.ts';
import { normaliseAnswer } from './api-parity/normalise-answer.ts';
import { runKind } from './api-parity/run-kind.ts';

/** Ids that no text holds by accident. */
const TENANT = 'qxzaa1';
const OTHER = 'qxzbb2';
const NAMESPACE = 'parity-api';
const AT_ONCE = 4;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
// The client's own User-Agent is `kubezoo`.
const LEAKS = [TENANT, OTHER, 'kubezoo:', 'kubezoo.io'];

describe('the API, straight at upstream and as a tenant', () => {
  let stack: Stack | undefined;
  let failed = false;
  const sides = new Map<string, { direct: Caller; tenant: Caller }>();

  before(async function () {
    this.timeout(10 * 60_000);
    stack = await startStack({ tenants: [TENANT, OTHER] });
    const clients = { direct: stack.client('upstream'), tenant: stack.client({ tenant: TENANT }) };
    for (const kind of KINDS) {
      sides.set(keyOf(kind), { direct: new Caller(clients.direct), tenant: new Caller(clients.tenant) });
    }
    // One side after the other: upstream's lists of cluster-scoped kinds would hold the tenant's objects as well.
    for (const side of ['direct', 'tenant'] as const) {
      const setUp = new Caller(clients[side]);
      await setUp.ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } });
      for (const definition of DEFINITIONS) await define(setUp, definition);
      const waiting = [...KINDS];
      const work = async () => {
        for (let kind = waiting.shift(); kind; kind = waiting.shift()) await runKind(sides.get(keyOf(kind))![side], kind, NAMESPACE);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      for (const { metadata } of DEFINITIONS) await setUp.ask('DELETE', `${CRDS}/${metadata.name}`);
      clients[side].close();
    }
  });

  afterEach(function () {
    failed ||= this.currentTest?.state === 'failed';
  });

  after(async function () {
    this.timeout(60_000);
    if (failed && stack) console.error(stack.logs());
    await stack?.stop();
  });

  it('is at least 300 calls', () => {
    assert.ok([...sides.values()].reduce((sum, { direct }) => sum + direct.calls.length, 0) >= 300);
  });

  for (const kind of KINDS) {
    it(`${kind.kind} in ${kind.apiVersion}`, () => {
      const { direct, tenant } = sides.get(keyOf(kind))!;
      const problems: string[] = [];
      for (const [index, { title, answer }] of direct.calls.entries()) {
        const theirs = tenant.calls[index];
        assert.equal(theirs?.title, title);
        const [wanted, got] = [answer, theirs.answer].map((one) => withoutExplained(normaliseAnswer(one, kind), kind.resource, title));
        if (wanted !== got) problems.push(`${title}\n${differenceOf(wanted!, got!)}`);
        const received = JSON.stringify(theirs.answer.headers) + theirs.answer.body;
        for (const leak of LEAKS) if (received.includes(leak)) problems.push(`${title}: the answer holds ${leak}: ${received}`);
      }
      assert.equal(problems.length, 0, problems.join('\n\n'));
    });
  }
});

/** Resolves when the kind is served. */
async function define(caller: Caller, definition: { readonly metadata: { readonly name: string } }): Promise<void> {
  const { name } = definition.metadata;
  const [plural, ...group] = name.split('.');
  await caller.ask('POST', CRDS, { body: definition });
  const path = `/apis/${group.join('.')}/v1/${plural}`;
  await waitUntil(`${name} to be served`, async () => (await caller.ask('GET', path)).status === 200, { timeoutMs: 30_000 });
}

function keyOf(kind: { apiVersion: string; kind: string }): string {
  return `${kind.apiVersion} ${kind.kind}`;
}
