/**
 * resource.k8s.io DeviceClass: the devices that a tenant's own class matches are none, because the devices are the platform's.
 * All of a class's selectors must hold, so upstream's has one in front that never does. The tenant does not see it.
 */
import type { Capture } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import type { RuleCapture } from './capture-object.ts';

/** CEL. Also what the guarding admission policy asks for: controller/policies/guard-classes.ts. */
export const MATCHES_NOTHING = 'false';

const SELECTOR = { cel: { expression: MATCHES_NOTHING } };

/** What is not a list stays for upstream to judge; null, which takes the list away, leaves the one. */
export function withInertSelector(selectors: unknown): unknown {
  if (selectors === null || selectors === undefined) return [SELECTOR];
  return Array.isArray(selectors) ? [SELECTOR, ...selectors] : selectors;
}

export const inertSelectorsToUpstream: RuleCapture = {
  run: (json) => printLossless(withInertSelector(parseLossless(json))),
  forcedItems: 1,
};

export const inertSelectorsToTenant: Capture = {
  run(json) {
    const selectors = parseLossless(json);
    if (!Array.isArray(selectors) || !isInert(selectors[0])) return json;
    return selectors.length > 1 ? printLossless(selectors.slice(1)) : null;
  },
};

function isInert(selector: unknown): boolean {
  const cel = isJsonObject(selector) ? selector.cel : undefined;
  return isJsonObject(cel) && cel.expression === MATCHES_NOTHING;
}

/**
 * @param body of a whole DeviceClass, in upstream's spelling, after `inertSelectorsToUpstream`: what has no selectors gets the
 *   one. What is applied gets it upstream (controller/policies/inert-device-classes.ts), if nobody has given it any.
 */
export function withInertSelectors(body: JsonObject): JsonObject {
  const { spec } = body;
  if (spec === undefined || spec === null) return { ...body, spec: { selectors: [SELECTOR] } };
  return isJsonObject(spec) && !Object.hasOwn(spec, 'selectors') ? { ...body, spec: { ...spec, selectors: [SELECTOR] } } : body;
}
