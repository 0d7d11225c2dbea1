/**
 * WebhookClientConfig, of admission webhooks and of a CRD's conversion. A tenant names a service of its own; upstream calls the
 * admission bridge instead, whose URL says which service. So `service` is `url` upstream, and `caBundle` has the bridge's CA
 * before the tenant's, which is what the bridge then trusts.
 */
import { KubeError } from '../../errors.ts';
import { type BridgeAddress, isServiceName, parseWebhookPath, webhookUrl } from '../../names/webhook-url.ts';
import type { TranslateContext } from '../context.ts';
import type { Capture } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { captureObject, textOf } from '../rules/capture-object.ts';

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

const caBundleToUpstream = (bundle: string, context: TranslateContext): string => {
  if (bundle === '' || !BASE64.test(bundle)) return bundle;
  const { caPem } = bridgeOf(context);
  return Buffer.concat([Buffer.from(`${BRIDGE}${caPem.trim()}\n${TENANT}`), Buffer.from(bundle, 'base64')]).toString('base64');
};

function caBundleToTenant(bundle: string): string {
  return tenantBundle(bundle)?.toString('base64') ?? bundle;
}

/** @param bundle base64, as upstream has it. @returns the tenant's own part, PEM; undefined where there is none */
export function tenantBundle(bundle: string): Buffer | undefined {
  const bytes = Buffer.from(bundle, 'base64');
  if (!bytes.subarray(0, BRIDGE.length).equals(Buffer.from(BRIDGE))) return undefined;
  const end = bytes.indexOf(TENANT);
  return end < 0 ? undefined : bytes.subarray(end + TENANT.length);
}

/** In a JSON patch each stands for itself. */
const members = {
  service: { key: 'url', plan: { capture: serviceToUrl } },
  url: { key: 'url', plan: { capture: refuseUrl } },
  caBundle: { key: 'caBundle', plan: { string: caBundleToUpstream } },
} as const;

export const clientConfigToUpstream = captureObject(
  (config, context) => {
    const { service, url, caBundle, ...others } = config;
    if (url !== undefined) refuseUrl.run(printLossless(url), context);
    return {
      ...others,
      ...(service !== undefined && { url: parseLossless(serviceToUrl.run(printLossless(service), context)!) }),
      ...(caBundle !== undefined && { caBundle: typeof caBundle === 'string' ? caBundleToUpstream(caBundle, context) : caBundle }),
    };
  },
  { members },
);

export const clientConfigToTenant = captureObject((config) => {
  const { url, caBundle, ...others } = config;
  const service = typeof url === 'string' ? serviceOf(url) : undefined;
  return {
    ...(service && { service }),
    ...others,
    ...(caBundle !== undefined && { caBundle: typeof caBundle === 'string' ? caBundleToTenant(caBundle) : caBundle }),
  };
});

/** A URL that is none of the bridge's is the platform's business. */
function serviceOf(url: string): JsonObject | undefined {
  const target = URL.canParse(url) ? parseWebhookPath(new URL(url).pathname) : undefined;
  if (!target) return undefined;
  const { namespace, service, path, port } = target;
  return { namespace, name: service, ...(path !== undefined && { path }), port };
}

function bridgeOf({ bridge }: Pick<TranslateContext, 'bridge'>): BridgeAddress {
  if (!bridge) throw new KubeError('Forbidden', 'webhooks are not offered here: the platform has no admission bridge');
  return bridge;
}

function invalid(member: string, problem: string): KubeError {
  const field = `clientConfig.${member}`;
  return new KubeError('Invalid', `${field}: ${problem}`, { causes: [{ reason: 'FieldValueInvalid', message: problem, field }] });
}
