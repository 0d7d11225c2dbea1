import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRows } from '../../../src/translate/table/index.ts';
import type { Stack } from '../../helpers/stack.ts';

/** audit.k8s.io/v1 Event, as far as it is read here. */
export interface AuditEvent {
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
}

export interface Audit {
  /** All requests so far, also those that failed. */
  read(): AuditEvent[];
  /** Starts upstream again as it was. */
  stop(): Promise<void>;
}

/** Starts the embedded kube-apiserver anew, with an audit log. */
export async function auditUpstream(stack: Stack): Promise<Audit> {
  const apiserver = stack.processes.process('kube-apiserver');
  const args = apiserver.spec.args as string[];
  const length = args.length;
  const policy = join(stack.home.upstreamDir, 'audit-policy.json');
  const log = join(stack.home.logsDir, 'audit.log');
  writeFileSync(
    policy,
    JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }),
  );
  const restart = async () => {
    // Asked to end, it would wait for its watches.
    apiserver.kill('SIGKILL');
    await apiserver.stop();
    await apiserver.start();
  };
  args.push(`--audit-policy-file=${policy}`, `--audit-log-path=${log}`);
  await restart();
  return {
    read: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AuditEvent),
    stop: async () => {
      args.length = length;
      await restart();
    },
  };
}

/** What the gateway asks in its own name: who somebody is, what he may, what upstream serves, and which classes are shared. */
const OWN_REQUEST =
  /^\/(apis\/authentication\.k8s\.io\/v1\/tokenreviews|apis\/authorization\.k8s\.io\/v1\/subjectaccessreviews|api|apis|apis\/[^/]+(\/[^/]+)?|api\/v1|openapi\/.*|version|readyz)(\?|$)/;
const CLASSES: ReadonlySet<string> = new Set(
  allRows()
    .filter(({ shareable }) => shareable)
    .map(({ group, versions, resource }) => `/apis/${group}/${versions[0]}/${resource}`),
);

function isOwnRequest(requestURI: string): boolean {
  return OWN_REQUEST.test(requestURI) || CLASSES.has(requestURI.split('?', 1)[0]!);
}

/**
 * Requests through the gateway's identity that are not a tenant's in its own names: all that is asked upstream has to be in
 * the name of `kubezoo:<id>:…`, about a path under that tenant's prefix.
 */
export function untranslatedRequests(events: readonly AuditEvent[]): AuditEvent[] {
  return events.filter(({ user, impersonatedUser, requestURI }) => {
    if (user.username !== 'kubezoo-gateway') return false;
    if (!impersonatedUser) return !isOwnRequest(requestURI);
    const tenantId = /^kubezoo:([a-z0-9-]{6}):/.exec(impersonatedUser.username)?.[1];
    const groups = impersonatedUser.groups ?? [];
    if (!tenantId || !groups.every((group) => group === 'system:authenticated' || group.startsWith(`kubezoo:${tenantId}:`))) return true;
    const named = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/namespaces\/([^/?]+)/.exec(requestURI)?.[1];
    return named !== undefined && !named.startsWith(`${tenantId}-`);
  });
}
