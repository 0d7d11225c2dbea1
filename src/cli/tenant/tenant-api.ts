import { existsSync } from 'node:fs';
import { KubeClient, type KubeRequestOptions } from '../../launch/kube/kube-client.ts';
import { readKubeconfig } from '../../launch/kube/kubeconfig.ts';
import { homeAt } from '../../launch/state/home.ts';
import { isTenantId } from '../../names/tenant-id.ts';
import { TENANT_GROUP, TENANT_VERSION, type Tenant } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import { describeStatus } from './describe-status.ts';
import type { OperatorFlags } from './tenant-subcommand.ts';

const COLLECTION = `/apis/${TENANT_GROUP}/${TENANT_VERSION}/tenants`;

/** What kubectl calls a tenant in its messages. */
export function qualifiedName(id: string): string {
  return `tenant.${TENANT_GROUP}/${id}`;
}

/** The Tenant API, as the operator. */
export interface TenantApi {
  /**
   * `id` undefined is the collection. Throws a CommandError with kubectl's words for any answer that is no success, and for
   * an `id` that no tenant can have.
   */
  request(
    method: string,
    id: string | undefined,
    options?: KubeRequestOptions & { query?: string; subresource?: string },
  ): Promise<unknown>;
  /** What happens to one tenant after a revision, until the server ends the watch. Throws as `request` does. */
  watch(id: string, resourceVersion: string): AsyncIterable<WatchEvent>;
  close(): void;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** A Status for ERROR. */
  readonly object: Tenant;
}

/** Throws a CommandError when there is no operator's kubeconfig, a LaunchError when it cannot be used. */
export function connectTenantApi({ home, kubeconfig }: OperatorFlags): TenantApi {
  const client = new KubeClient(readKubeconfig(kubeconfig ?? kubeconfigOfHome(home)));
  return {
    async request(method, id, { query = '', subresource, ...options } = {}) {
      if (id !== undefined) checkId(id);
      const path = COLLECTION + (id === undefined ? '' : `/${encodeURIComponent(id)}`) + (subresource ? `/${subresource}` : '') + query;
      const answer = await client.request(method, path, options).catch((error: unknown) => {
        throw new CommandError(describeNoAnswer(error, client.server), { cause: error });
      });
      if (answer.status >= 400) throw new CommandError(describeStatus(answer.status, answer.body), { status: answer.status });
      return JSON.parse(answer.body) as unknown;
    },
    async *watch(id, resourceVersion) {
      const query = new URLSearchParams({ watch: 'true', fieldSelector: `metadata.name=${id}`, resourceVersion });
      const refused = (status: number, body: string) => new CommandError(describeStatus(status, body), { status });
      try {
        for await (const line of client.lines(`${COLLECTION}?${query}`, new AbortController().signal, refused)) {
          yield JSON.parse(line) as WatchEvent;
        }
      } catch (error) {
        if (error instanceof CommandError) throw error;
        throw new CommandError(describeNoAnswer(error, client.server), { cause: error });
      }
    },
    close: () => client.close(),
  };
}

/** Asked for in a URL, an empty id (a script's variable that is not set) is the collection, and `..` what is above it. */
function checkId(id: string): void {
  if (isTenantId(id)) return;
  throw new CommandError(`error: ${JSON.stringify(id)} is no tenant's id: six characters of a-z, 0-9 and, inside, a dash`);
}

function kubeconfigOfHome(folder: string): string {
  const { operatorKubeconfig } = homeAt(folder);
  if (existsSync(operatorKubeconfig)) return operatorKubeconfig;
  throw new CommandError(
    `error: ${operatorKubeconfig} is not there: start kubezoo first (npm start), name its state folder with --home, or the operator's kubeconfig with --kubeconfig`,
  );
}

function describeNoAnswer(error: unknown, server: string): string {
  if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
    return `The connection to the server ${new URL(server).host} was refused - is kubezoo running?`;
  }
  return `Unable to connect to the server: ${error instanceof Error ? error.message : error}`;
}
