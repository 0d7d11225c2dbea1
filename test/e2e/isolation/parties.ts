import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueTenantCertificate } from '../../../src/certs/tenant-certificate.ts';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { As, Stack } from '../../helpers/stack.ts';

/** An answer with its JSON read. */
export interface Asked {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  readonly body: any;
  /** As it came over the wire. */
  readonly text: string;
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Somebody with credentials. */
export interface Party {
  readonly cluster: Cluster;
  ask(method: string, path: string, body?: unknown, contentType?: string, headers?: Headers): Promise<Asked>;
  /** As `ask`, and the answer has to be a success; gives its body. */
  must(method: string, path: string, body?: unknown, contentType?: string, headers?: Headers): Promise<Asked['body']>;
}

export interface KubectlParty extends Party {
  /** stdout; throws when kubectl fails. */
  kubectl(line: string, stdin?: string): Promise<string>;
  /** Asserts that kubectl fails, and says so. */
  kubectlFails(line: string, saying: RegExp, stdin?: string): Promise<void>;
}

export interface Parties {
  readonly stack: Stack;
  /** Admin of demo01, who attacks. */
  readonly tenant: KubectlParty;
  /** Admin of demo02. */
  readonly other: KubectlParty;
  /** The cluster's admin, straight at upstream. */
  readonly platform: KubectlParty;
  /** Another user of a tenant, by a certificate of its own. */
  user(tenantId: string, user: string, groups: readonly string[]): Promise<Party>;
  /** The bearer of a token, at the gateway or straight at upstream. */
  bearer(token: string, at: 'gateway' | 'upstream'): Party;
  /** Whoever has these credentials. */
  party(cluster: Cluster): Party;
  close(): Promise<void>;
}

export const TENANT = 'demo01';
export const OTHER = 'demo02';

/** All on the shared stack. `namespace` is made in both tenants, and deleted at the end. */
export async function gatherParties(namespace: string): Promise<Parties> {
  const stack = await sharedStack();
  const clients: KubeClient[] = [];
  const party = (cluster: Cluster): Party => {
    const client = new KubeClient(cluster);
    clients.push(client);
    const ask: Party['ask'] = async (method, path, body, contentType, headers) => {
      const answer = await client.request(method, path, { body, headers, ...(contentType && { contentType }) });
      return { status: answer.status, text: answer.body, body: parsed(answer.body) };
    };
    return {
      cluster,
      ask,
      must: async (...request) => {
        const { status, text, body } = await ask(...request);
        assert.ok(status < 300, `${request[0]} ${request[1]}: ${text}`);
        return body;
      },
    };
  };
  const kubectlParty = (as: As): KubectlParty => ({
    ...party(readKubeconfig(stack.kubeconfig(as))),
    kubectl: (line, stdin) => stack.mustKubectl(line.split(' '), as, stdin === undefined ? {} : { stdin }),
    kubectlFails: async (line, saying, stdin) => {
      const { code, stdout, stderr } = await stack.kubectl(line.split(' '), as, stdin === undefined ? {} : { stdin });
      assert.notEqual(code, 0, `kubectl ${line} went through: ${stdout}`);
      assert.match(stderr, saying);
    },
  });
  const tenant = kubectlParty({ tenant: TENANT });
  const other = kubectlParty({ tenant: OTHER });
  const gateway = tenant.cluster;
  const platform = kubectlParty('upstream');
  for (const one of [tenant, other]) await makeNamespace(one, namespace);
  return {
    stack,
    tenant,
    other,
    platform,
    party,
    user: async (tenantId, user, groups) => {
      const read = (file: string) => readFileSync(join(stack.home.pkiDir, file), 'utf8');
      const authority = { certificatePem: read('ca.crt'), keyPem: read('ca.key') };
      const { certificatePem, keyPem } = await issueTenantCertificate(authority, { tenantId, user, groups });
      return party({ server: gateway.server, ca: gateway.ca, clientCert: certificatePem, clientKey: keyPem });
    },
    bearer: (token, at) => {
      const { server, ca } = at === 'gateway' ? gateway : platform.cluster;
      return party({ server, ca, token });
    },
    close: async () => {
      for (const one of [tenant, other]) await one.ask('DELETE', `/api/v1/namespaces/${namespace}`);
      for (const client of clients) client.close();
    },
  };
}

/** Other tests may have had one of that name, which is still being deleted. */
async function makeNamespace(party: Party, name: string): Promise<void> {
  const isMade = async () => {
    const { status, text } = await party.ask('POST', '/api/v1/namespaces', { metadata: { name } });
    if (status === 409 && text.includes('is being deleted')) return false;
    assert.equal(status, 201, text);
    return true;
  };
  await waitUntil(`namespace ${name} to be made`, isMade, { timeoutMs: 60_000 });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
