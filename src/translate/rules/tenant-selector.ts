/**
 * metav1.LabelSelector over namespaces, or over ClusterRoles, of the whole cluster: upstream's has the tenant's label
 * besides what the tenant wrote, so that it selects among the tenant's own. `{}`, which selects all, comes back as `{}`.
 */
import { KubeError } from '../../errors.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import type { TranslateContext } from '../context.ts';
import type { Plan } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { captureObject, type RuleCapture } from './capture-object.ts';
import { RESERVED_KEY_PREFIX, roleLabelKeyToTenant, roleLabelKeyToUpstream } from './reserved-keys.ts';

/** The label that says a namespace's own name. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

interface Spelling {
  key(tenantId: string, key: string): string;
  /** The value of a label that is `NAMESPACE_NAME_LABEL`. */
  namespace(tenantId: string, value: string): string;
}

const same = (_tenantId: string, text: string): string => text;
const orEmpty =
  (translate: Spelling['namespace']): Spelling['namespace'] =>
  (tenantId, value) =>
    value && translate(tenantId, value);

export const namespaceSelectorToUpstream = confined({ key: same, namespace: orEmpty(toUpstreamName) });
export const namespaceSelectorToTenant = unconfined({ key: same, namespace: toTenantName });
export const clusterRoleSelectorToUpstream = confined({ key: roleLabelKeyToUpstream, namespace: same });
export const clusterRoleSelectorToTenant = unconfined({ key: roleLabelKeyToTenant, namespace: same });

/** The capture throws KubeError BadRequest for a selector that asks for the platform's labels. */
function confined(spelling: Spelling): RuleCapture {
  const confine = (selector: JsonObject, context: TranslateContext): JsonObject => {
    refuseReservedKeys(selector);
    const translated = translateSelector(selector, context, spelling);
    const { matchLabels } = translated;
    return { ...translated, matchLabels: { ...(isJsonObject(matchLabels) ? matchLabels : {}), [TENANT_LABEL]: context.tenantId } };
  };
  return captureObject(confine, {
    inside: { fields: { matchLabels: labelsAlone(spelling, confine), matchExpressions: expressionsAlone(spelling) } },
  });
}

/** `matchLabels` in a JSON patch, and each label in it. */
function labelsAlone(spelling: Spelling, confine: (selector: JsonObject, context: TranslateContext) => JsonObject): Plan {
  const capture: RuleCapture = {
    run(json: string, context: TranslateContext): string {
      const matchLabels = parseLossless(json);
      if (matchLabels !== null && !isJsonObject(matchLabels)) return json;
      return printLossless(confine({ matchLabels: matchLabels ?? {} }, context).matchLabels);
    },
    isForced: true,
    inside: {
      key: (key, { tenantId }) => (key.startsWith(RESERVED_KEY_PREFIX) ? null : spelling.key(tenantId, key)),
      fields: { [NAMESPACE_NAME_LABEL]: { string: (text, { tenantId }) => spelling.namespace(tenantId, text) } },
    },
  };
  return { capture };
}

/** An element of `matchExpressions` in a JSON patch: key and values go together. */
function expressionsAlone(spelling: Spelling): Plan {
  const capture = captureObject(
    (expression, context) => {
      const selector = { matchExpressions: [expression] };
      refuseReservedKeys(selector);
      const { matchExpressions } = translateSelector(selector, context, spelling);
      return (matchExpressions as JsonObject[])[0]!;
    },
    { freeMembers: ['operator'] },
  );
  return { items: { capture } };
}

function unconfined(spelling: Spelling): RuleCapture {
  return captureObject((selector, context) => {
    const translated = translateSelector(selector, context, spelling);
    const { matchLabels, ...rest } = translated;
    const labels = Object.entries(isJsonObject(matchLabels) ? matchLabels : {}).filter(([key]) => key !== TENANT_LABEL);
    return labels.length > 0 ? { ...translated, matchLabels: Object.fromEntries(labels) } : rest;
  });
}

function translateSelector(selector: JsonObject, { tenantId }: TranslateContext, spelling: Spelling): JsonObject {
  const value = (key: string, text: unknown) =>
    key === NAMESPACE_NAME_LABEL && typeof text === 'string' ? spelling.namespace(tenantId, text) : text;
  const { matchLabels, matchExpressions } = selector;
  return {
    ...selector,
    ...(isJsonObject(matchLabels) && {
      matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, text]) => [spelling.key(tenantId, key), value(key, text)])),
    }),
    ...(Array.isArray(matchExpressions) && {
      matchExpressions: matchExpressions.map((expression) => {
        if (!isJsonObject(expression) || typeof expression.key !== 'string') return expression;
        const { key, values } = expression;
        return {
          ...expression,
          key: spelling.key(tenantId, key as string),
          ...(Array.isArray(values) && { values: values.map((text) => value(key as string, text)) }),
        };
      }),
    }),
  };
}

/** For tenants these labels do not exist, and what selects by them would tell otherwise. */
function refuseReservedKeys({ matchLabels, matchExpressions }: JsonObject): void {
  const inLabels = isJsonObject(matchLabels) ? Object.keys(matchLabels) : [];
  const inExpressions = Array.isArray(matchExpressions)
    ? matchExpressions.map((expression) => isJsonObject(expression) && expression.key)
    : [];
  if ([...inLabels, ...inExpressions].some((key) => typeof key === 'string' && key.startsWith(RESERVED_KEY_PREFIX))) {
    throw new KubeError('BadRequest', `labels under ${RESERVED_KEY_PREFIX} belong to the platform and cannot be selected by`);
  }
}
