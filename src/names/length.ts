/** A tenant's names are shorter than upstream's by the prefix: said in the tenant's own numbers, before upstream is asked. */
import { KubeError } from '../errors.ts';
import { PREFIX_LENGTH } from './tenant-id.ts';

/**
 * How Kubernetes checks a kind's names: RFC 1123 label, RFC 1123 subdomain, one of a CSI driver's length, whatever can stand in
 * a path, or `definition`: a subdomain that ends with an API group, in front of which the prefix stands.
 */
export type NameFormat = 'label' | 'subdomain' | 'driver' | 'segment' | 'definition';

/** The longest name that a tenant may give, in characters. A path segment has no limit of its own upstream. */
export const NAME_LIMITS: Readonly<Record<NameFormat, number>> = {
  label: 63 - PREFIX_LENGTH,
  subdomain: 253 - PREFIX_LENGTH,
  definition: 253 - PREFIX_LENGTH,
  driver: 63 - PREFIX_LENGTH,
  segment: Number.POSITIVE_INFINITY,
};

const NOT_A_SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** What upstream says of a name whose first character is wrong, which the prefix in front of it would hide. */
const WRONG_BEGINNING: Readonly<Record<'label' | 'subdomain' | 'definition', string>> = {
  label:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  subdomain: NOT_A_SUBDOMAIN,
  definition: NOT_A_SUBDOMAIN,
};

export interface NamedKind {
  readonly kind: string;
  /** '' for core. */
  readonly group: string;
  readonly format: NameFormat;
}

/**
 * Checks what upstream cannot check for the tenant: the length, and a beginning that is wrong only at a beginning. The rest
 * of its form upstream refuses in words that translate.
 *
 * @param tenantName from a body's `metadata.name` or from a path
 * @throws KubeError Invalid, worded as upstream's own
 */
export function checkNameLength(of: NamedKind, tenantName: string): void {
  const problem = problemOf(of.format, tenantName);
  if (problem === undefined) return;
  const message = `Invalid value: ${JSON.stringify(tenantName)}: ${problem}`;
  const qualifiedKind = of.group ? `${of.kind}.${of.group}` : of.kind;
  throw new KubeError('Invalid', `${qualifiedKind} ${JSON.stringify(tenantName)} is invalid: metadata.name: ${message}`, {
    name: tenantName,
    ...(of.group && { group: of.group }),
    kind: of.kind,
    causes: [{ reason: 'FieldValueInvalid', message, field: 'metadata.name' }],
  });
}

function problemOf(format: NameFormat, tenantName: string): string | undefined {
  if (tenantName === '') return undefined;
  const limit = NAME_LIMITS[format];
  if (tenantName.length > limit) return `must be no more than ${limit} characters`;
  if (format === 'segment') return tenantName === '.' || tenantName === '..' ? `may not be '${tenantName}'` : undefined;
  // A group that begins with a dash is one in its middle, behind the prefix.
  const wrong = format === 'definition' ? /^[-.]|^[^.]*\.[-.]|\.$/ : /^[-.]/;
  return wrong.test(tenantName) ? WRONG_BEGINNING[format === 'driver' ? 'subdomain' : format] : undefined;
}
