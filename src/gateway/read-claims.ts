import type { Claims } from '../identity/oidc-identity.ts';
import { JWT_FILTER, OIDC_PROVIDER } from './envoy-oidc.ts';
import type { ProcessingRequest, StructValue } from './protocol.ts';

/** The payload of a token that Envoy's JWT filter has verified; undefined when there was none. No client can write it: metadata is Envoy's own. */
export function claimsOf(message: ProcessingRequest): Claims | undefined {
  const payload = message.metadata_context?.filter_metadata?.[JWT_FILTER]?.fields?.[OIDC_PROVIDER]?.struct_value;
  return payload && (plain({ struct_value: payload }) as Claims);
}

/** google.protobuf.Value as JSON has it; a whole number comes as a double. */
function plain({ struct_value: struct, list_value: list, ...scalar }: StructValue): unknown {
  if (struct) {
    // Without a prototype, a claim `__proto__` is a claim as any other.
    const object = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of Object.entries(struct.fields ?? {})) object[key] = plain(value);
    return object;
  }
  if (list) return (list.values ?? []).map(plain);
  return scalar.string_value ?? scalar.number_value ?? scalar.bool_value ?? null;
}
