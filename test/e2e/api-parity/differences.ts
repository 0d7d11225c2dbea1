/** Where a tenant's answer is not upstream's, and why. `docs/api-parity.md` says the same in prose. */
export interface Difference {
  /** Of the kinds' resources; all when there is none. */
  readonly resources?: readonly string[];
  /** Of the call's title. */
  readonly title: RegExp;
  readonly reason: string;
  /** Applied to both texts before they are compared. */
  readonly drop: RegExp;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    title: /^get in a form that nobody has$/,
    reason: 'answers are translated in JSON and protobuf, not in YAML; custom resources have no protobuf',
    drop: /, application\/(yaml|vnd\.kubernetes\.protobuf)/g,
  },
  {
    title: /^list a table without objects$/,
    reason: 'rows are told apart by their objects’ metadata, so a client that wants none gets it all the same',
    drop: /,\n +"object": (null|\{[\s\S]*?\n {3}\})/g,
  },
  {
    resources: ['endpoints'],
    title: /no JSON$|unknown media type$/,
    reason: 'what the gateway itself refuses has not met upstream, which would have added its warning of a deprecated kind',
    drop: /^warning: .*deprecated.*\n/m,
  },
  {
    resources: ['deviceclasses'],
    title: /./,
    reason: 'the selector that keeps a tenant’s class from the platform’s devices is left out, but not who manages the list it stands in',
    drop: /,\n +"f:spec": \{\n +"f:selectors": \{\}\n +\}/g,
  },
  {
    resources: ['gadgets', 'regions'],
    title: /^create what is no JSON$/,
    reason: 'the gateway does not know the kinds of a tenant’s CRDs, so its words for a malformed body are general',
    drop: / \(must be of type (Gadget|Region|\*)\)/g,
  },
];

export function withoutExplained(text: string, resource: string, title: string): string {
  return DIFFERENCES.filter(
    ({ resources, title: titles }) => titles.test(title) && (resources === undefined || resources.includes(resource)),
  ).reduce((rest, { drop }) => rest.replace(drop, ''), text);
}
