/**
 * WebhookClientConfig, of admission webhooks and of a CRD's conversion. A tenant names a service of its own; upstream calls the
 * admission bridge instead, whose URL says which service. So `service` is `url` upstream, and `caBundle` has the bridge's CA
 * before the tenant's, which is what the bridge then trusts.
 */
import { KubeError } from '../../errors.ts';
import { type BridgeAddress, isServiceName, parseWebhookPath, webhookUrl } from '../../names/webhook-url.ts';
import type { TranslateContext } from '../context.ts';
import type { Capture, Plan, StringRule } from '../engine/plan.ts';
import { isJsonObject, parseLossless } from '../lossless-json.ts';
import { textOf } from '../rules/capture-object.ts';

const DEFAULT_PORT = 443;
/** PEM allows text between its blocks (RFC 7468, 2). Where the bridge's part ends. */
const BRIDGE = '# kubezoo: the admission bridge\n';
const TENANT = '# kubezoo: the tenant\n';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** An object becomes a string; anything else stays for upstream to refuse. @throws KubeError Forbidden without a bridge, Invalid for half of a service */
const serviceToUrl: Capture = {
  run(json, { tenantId, bridge }: TranslateContext) {
    const service = parseLossless(json);
    if (!isJsonObject(service)) return json;
    const { name, namespace, port = DEFAULT_PORT, path } = service;
    if (typeof name !== 'string' || typeof namespace !== 'string' || !isServiceName(name) || !isServiceName(namespace))
      throw invalid('service', 'name, namespace, port and path of a service of yours must be given together');
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
      throw invalid('service.port', `Invalid value: ${JSON.stringify(port)}: port is not valid: must be between 1 and 65535, inclusive`);
    return JSON.stringify(webhookUrl(bridgeOf({ bridge }), { tenantId, namespace, service: name, port, path: textOf({ path }, 'path') }));
  },
};

/** From where the bridge and upstream stand, more is in reach than from the tenant's pods. @throws KubeError Forbidden */
const refuseUrl: Capture = {
  run(json) {
    if (json === 'null' || json === '""') return null;
    throw new KubeError('Forbidden', 'clientConfig.url: a webhook can only be a service of your cluster, name it in clientConfig.service');
  },
};

const caBundleToUpstream: StringRule = (bundle, context: TranslateContext) => {
  if (bundle === '' || !BASE64.test(bundle)) return bundle;
  const { caPem } = bridgeOf(context);
  return Buffer.concat([Buffer.from(`${BRIDGE}${caPem.trim()}\n${TENANT}`), Buffer.from(bundle, 'base64')]).toString('base64');
};

const caBundleToTenant: StringRule = (bundle) => {
  const own = tenantBundle(bundle);
  return own === undefined ? bundle : own.toString('base64');
};

/** @param bundle base64, as upstream has it. @returns the tenant's own part, PEM; undefined where there is none */
export function tenantBundle(bundle: string): Buffer | undefined {
  const bytes = Buffer.from(bundle, 'base64');
  if (!bytes.subarray(0, BRIDGE.length).equals(Buffer.from(BRIDGE))) return undefined;
  const end = bytes.indexOf(TENANT);
  return end < 0 ? undefined : bytes.subarray(end + TENANT.length);
}

/** A URL that is none of the bridge's is the platform's business. */
const urlToService: Capture = {
  run(json) {
    const url = parseLossless(json);
    const target = typeof url === 'string' && URL.canParse(url) ? parseWebhookPath(new URL(url).pathname) : undefined;
    if (!target) return null;
    const { namespace, service, path, port } = target;
    return JSON.stringify({ namespace, name: service, ...(path !== undefined && { path }), port });
  },
};

export const clientConfigToUpstream: Plan = {
  key: (key) => (key === 'service' ? 'url' : key),
  fields: { service: { capture: serviceToUrl }, url: { capture: refuseUrl }, caBundle: { string: caBundleToUpstream } },
};

export const clientConfigToTenant: Plan = {
  key: (key) => (key === 'url' ? 'service' : key),
  fields: { url: { capture: urlToService }, caBundle: { string: caBundleToTenant } },
};

function bridgeOf({ bridge }: Pick<TranslateContext, 'bridge'>): BridgeAddress {
  if (!bridge) throw new KubeError('Forbidden', 'webhooks are not offered here: the platform has no admission bridge');
  return bridge;
}

function invalid(member: string, problem: string): KubeError {
  const field = `clientConfig.${member}`;
  return new KubeError('Invalid', `${field}: ${problem}`, { causes: [{ reason: 'FieldValueInvalid', message: problem, field }] });
}
