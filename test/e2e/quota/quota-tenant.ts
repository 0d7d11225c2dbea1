/** A tenant with a quota, and what is asked of it in the tests of this folder. */
import assert from 'node:assert/strict';
import { type KubeAnswer, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { isServed } from '../../helpers/make-tenant.ts';
import type { Stack } from '../../helpers/stack.ts';

export type Hard = Readonly<Record<string, string | number>>;

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  readonly body: any;
  readonly text: string;
}

export interface QuotaTenant {
  readonly tenantId: string;
  ask(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  must(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer['body']>;
  /** A namespace in which pods can be made. */
  addNamespace(name: string): Promise<void>;
  /** Of all namespaces. */
  count(path: string): Promise<number>;
  close(): void;
}

export const TENANTS = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
export const MERGE = 'application/merge-patch+json';

export function asking(client: KubeClient): Pick<QuotaTenant, 'ask' | 'must'> {
  const ask: QuotaTenant['ask'] = async (method, path, body, contentType) =>
    toAnswer(await client.request(method, path, { body, ...(contentType && { contentType }) }));
  return {
    ask,
    must: async (...request) => {
      const { status, text, body } = await ask(...request);
      assert.ok(status < 300, `${request[0]} ${request[1]}: ${text}`);
      return body;
    },
  };
}

/** Made by the operator, and waited for. */
export async function makeQuotaTenant(stack: Stack, tenantId: string, hard: Hard | undefined): Promise<QuotaTenant> {
  const tenant = {
    apiVersion: 'tenant.kubezoo.io/v1alpha1',
    kind: 'Tenant',
    metadata: { name: tenantId },
    spec: hard ? { quota: { hard } } : {},
  };
  await stack.mustKubectl(['create', '-f', '-'], 'operator', { stdin: JSON.stringify(tenant) });
  await waitUntil(`tenant ${tenantId} to be served`, () => isServed(stack, tenantId), { timeoutMs: 60_000 });
  const client = new KubeClient(readKubeconfig(stack.kubeconfig({ tenant: tenantId })));
  const { ask, must } = asking(client);
  const untilPodsCanBeMade = (namespace: string) =>
    waitUntil(
      `pods in ${namespace}`,
      async () => (await ask('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`)).status === 200,
      {
        timeoutMs: 30_000,
      },
    );
  await untilPodsCanBeMade('default');
  return {
    tenantId,
    ask,
    must,
    addNamespace: async (name) => {
      await must('POST', '/api/v1/namespaces', { metadata: { name } });
      await untilPodsCanBeMade(name);
    },
    count: async (path) => (await must('GET', path)).items.length,
    close: () => client.close(),
  };
}

export function pod(name: string, resources: object = {}): object {
  return { metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'i', resources }] } };
}

/**
 * What was asked for at the same time has come to the limit and no further. Where kube-apiserver itself has refused one, because upstream's controller was
 * counting in the same moment, it is asked again, as a controller would: then it is there.
 */
export async function assertReached(
  answers: readonly Answer[],
  { limit, count, again, saying }: { limit: number; count: () => Promise<number>; again: () => Promise<Answer>; saying: RegExp },
): Promise<void> {
  for (const answer of answers) if (answer.status !== 201) assertExceeded(answer, /exceeded quota: kubezoo-(tenant|share), /);
  await waitUntil(
    'the limit to be reached',
    async () => {
      const reached = await count();
      assert.ok(reached <= limit, `${reached} of ${limit}`);
      if (reached < limit) await again();
      return reached === limit;
    },
    { timeoutMs: 10_000 },
  );
  assertExceeded(await again(), saying);
  assert.equal(await count(), limit);
}

/** The refusal that Kubernetes gives, with the tenant's own numbers, and nothing of upstream's names. */
export function assertExceeded({ status, body, text }: Answer, saying: RegExp): void {
  assert.equal(status, 403, text);
  assert.equal(body.reason, 'Forbidden');
  assert.match(body.message, saying);
  assert.doesNotMatch(text, /quota[0-9]-|admission webhook|kubezoo:|kubezoo\.io/);
}

function toAnswer({ status, body }: KubeAnswer): Answer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Plain text: the test looks at it as it is.
  }
  return { status, text: body, body: parsed };
}
