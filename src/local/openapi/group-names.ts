/** Where an API group stands inside the names of an OpenAPI document. Pure; see k8s.io/apiserver/pkg/endpoints/openapi. */

export interface NamedVersion {
  readonly group: string;
  readonly version: string;
}

/** Group and version of a path below `/apis`; '' where the path ends before. Undefined for other paths. */
export function groupOfPath(path: string): NamedVersion | undefined {
  const [root, top, group, version = ''] = path.split('/');
  return root === '' && top === 'apis' && group ? { group, version } : undefined;
}

/** A path of another group. */
export function withGroup(path: string, group: string): string {
  const [root, top, , ...rest] = path.split('/');
  return [root, top, group, ...rest].join('/');
}

/** The group of a CRD's definition, `io.acme.v1.Widget`: it stands in it by its labels from last to first. Names of Go types look alike. */
export function groupOfDefinition(name: string): string | undefined {
  const labels = name.split('.');
  return labels.length > 2 ? labels.slice(0, -2).reverse().join('.') : undefined;
}

export function definitionWithGroup(name: string, group: string): string {
  return [...group.split('.').reverse(), ...name.split('.').slice(-2)].join('.');
}

/** The tag of a group's operations: `acmeIo_v1`. */
export function tagOf({ group, version }: NamedVersion): string {
  return `${camelCase(withoutSuffix(group), false)}_${camelCase(version, false)}`;
}

/** How group and version stand in an operation's id, behind its verb: `AcmeIoV1` in `listAcmeIoV1Widget`. */
export function operationPartOf({ group, version }: NamedVersion): string {
  return camelCase(withoutSuffix(group), true) + camelCase(version, true);
}

function withoutSuffix(group: string): string {
  return group.endsWith('.k8s.io') ? group.slice(0, -'.k8s.io'.length) : group;
}

/** As the apiserver's ToValidOperationID does it, for what can stand in a group or version. */
function camelCase(text: string, capitalizeFirst: boolean): string {
  let capitalize = capitalizeFirst;
  let result = '';
  for (const [index, character] of [...text].entries()) {
    if (/[a-zA-Z_]/.test(character) || (index > 0 && /[0-9]/.test(character))) {
      result += capitalize ? character.toUpperCase() : character;
      capitalize = false;
    } else capitalize = true;
  }
  return result;
}
