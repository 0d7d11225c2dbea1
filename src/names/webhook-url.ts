/**
 * The URLs at which upstream calls tenants' webhooks: the admission bridge's, with the tenant's own service in the path,
 * `/webhooks/<tenant id>/<namespace>/<service>/<port>/<path>/<proof>`. The proof is an HMAC of what stands before it, so that
 * nobody but the gateway can make one, and upstream alone is told of them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isTenantId } from './tenant-id.ts';

/** Of the bridge, as the gateway writes it into webhooks. */
export interface BridgeAddress {
  /** `https://host:port`, as upstream reaches it. */
  readonly url: string;
  /** PEM, of the CA that signed the bridge's certificate. */
  readonly caPem: string;
  readonly key: Buffer;
}

/** A tenant's service, in its own names. */
export interface WebhookTarget {
  readonly tenantId: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** Undefined where the tenant wrote none. */
  readonly path: string | undefined;
}

const ROOT = 'webhooks';
/** Stands in every such URL. */
export const WEBHOOK_ROOT = `/${ROOT}/`;
/** In the place of a path that is not there; no base64url text is as short. */
const NO_PATH = '-';
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PROOF_BYTES = 20;

export function webhookUrl({ url, key }: BridgeAddress, target: WebhookTarget): string {
  const { tenantId, namespace, service, port, path } = target;
  const encodedPath = path === undefined ? NO_PATH : `.${Buffer.from(path).toString('base64url')}`;
  const claimed = `/${ROOT}/${tenantId}/${namespace}/${service}/${port}/${encodedPath}`;
  return `${url}${claimed}/${proofOf(key, claimed).toString('hex')}`;
}

/** @param pathname of a URL, without its query; not yet known to be the gateway's own. Undefined: it is no such path. */
export function parseWebhookPath(pathname: string): WebhookTarget | undefined {
  const [empty, root, tenantId = '', namespace = '', service = '', port = '', path = '', proof, ...rest] = pathname.split('/');
  if (empty !== '' || root !== ROOT || proof === undefined || rest.length > 0) return undefined;
  if (!isTenantId(tenantId) || !LABEL.test(namespace) || !LABEL.test(service) || !/^[1-9][0-9]{0,4}$/.test(port)) return undefined;
  if (path !== NO_PATH && !path.startsWith('.')) return undefined;
  return {
    tenantId,
    namespace,
    service,
    port: Number(port),
    path: path === NO_PATH ? undefined : Buffer.from(path.slice(1), 'base64url').toString('utf8'),
  };
}

/** As `parseWebhookPath`, for what a caller sends: undefined also where the proof is wrong. */
export function verifyWebhookPath(pathname: string, key: Buffer): WebhookTarget | undefined {
  const target = parseWebhookPath(pathname);
  if (!target) return undefined;
  const slash = pathname.lastIndexOf('/');
  const proof = Buffer.from(pathname.slice(slash + 1), 'hex');
  const expected = proofOf(key, pathname.slice(0, slash));
  return proof.length === expected.length && timingSafeEqual(proof, expected) ? target : undefined;
}

/** As it stands in upstream's messages: `https://<service>.<namespace>.svc:<port><path>`. */
export function serviceUrl({ namespace, service, port, path }: WebhookTarget): string {
  return `https://${service}.${namespace}.svc:${port}${path === undefined || path === '' ? '' : path.startsWith('/') ? path : `/${path}`}`;
}

/** Whether names can stand in such a URL: upstream would look for a Service of another name in vain. */
export function isServiceName(text: string): boolean {
  return LABEL.test(text);
}

function proofOf(key: Buffer, claimed: string): Buffer {
  return createHmac('sha256', key).update(claimed).digest().subarray(0, PROOF_BYTES);
}
