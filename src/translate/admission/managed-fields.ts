/**
 * `metadata.managedFields[].fieldsV1` of admission policies and webhooks: the forced match condition is nobody's field, a
 * webhook's name is a key, and what the tenant knows as `service` is managed as `url`.
 */
import { toTenantName } from '../../names/prefix.ts';
import { isJsonObject, type JsonObject, parseLossless } from '../lossless-json.ts';
import { FORCED_CONDITION } from './forced-condition.ts';

const CONDITIONS = 'f:matchConditions';
const WEBHOOKS = 'f:webhooks';
const CLIENT_CONFIG = 'f:clientConfig';
const URL = 'f:url';
const FORCED = `k:${JSON.stringify({ name: FORCED_CONDITION })}`;
const ITSELF = '.';
const SERVICE: JsonObject = { '.': {}, 'f:name': {}, 'f:namespace': {}, 'f:path': {}, 'f:port': {} };

/** @returns undefined where nothing else was managed */
export function admissionFieldsToTenant(fields: JsonObject, tenantId: string): JsonObject | undefined {
  const shown = Object.entries(fields).flatMap(([key, inner]): [string, unknown][] => {
    if (!isJsonObject(inner) || Object.keys(inner).length === 0) return [[key, inner]];
    const rest = key === CONDITIONS ? withoutForced(inner) : admissionFieldsToTenant(inner, tenantId);
    if (rest === undefined) return [];
    if (key === WEBHOOKS) return [[key, withTenantKeys(rest, tenantId)]];
    return [[key, key === CLIENT_CONFIG ? withService(rest) : rest]];
  });
  return shown.some(([key]) => key !== ITSELF) ? Object.fromEntries(shown) : undefined;
}

function withoutForced({ [FORCED]: _, ...others }: JsonObject): JsonObject | undefined {
  return Object.keys(others).some((key) => key !== ITSELF) ? others : undefined;
}

/** `k:{"name":"<id>-deny.acme.io"}` */
function withTenantKeys(webhooks: JsonObject, tenantId: string): JsonObject {
  return Object.fromEntries(
    Object.entries(webhooks).map(([key, inner]) => {
      const item = key.startsWith('k:') ? parseLossless(key.slice(2)) : undefined;
      const named = isJsonObject(item) && typeof item.name === 'string';
      return [named ? `k:${JSON.stringify({ ...item, name: toTenantName(tenantId, item.name as string) })}` : key, inner];
    }),
  );
}

function withService(clientConfig: JsonObject): JsonObject {
  const { [URL]: url, ...rest } = clientConfig;
  return url === undefined ? clientConfig : { ...rest, 'f:service': SERVICE };
}
