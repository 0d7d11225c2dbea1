/** What may differ between two runs of the same command, and is blanked before they are compared. Everything else must be equal. */

export interface Rule {
  readonly name: string;
  readonly reason: string;
  readonly apply: (text: string, session: SessionWords) => string;
}

/** What is a session's own in what kubectl prints. */
export interface SessionWords {
  readonly servers: readonly string[];
  readonly home: string;
  readonly foreign: string;
  readonly own: string;
}

/** The alphabet of Kubernetes' generated names (k8s.io/apimachinery/pkg/util/rand): no vowels, no 0, 1 and 3. */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]';
const AGE = /(?<=^|[\s(])(?:\d+[smhd]){1,2}(?=$|[\s)])/g;
const TABLE_HEAD = /(?:^|\s)(?:AGE|DURATION|LAST SEEN|LAST SCHEDULE|Age)(?:\s|$)/;

const swap =
  (pattern: RegExp, by: string): Rule['apply'] =>
  (text) =>
    text.replace(pattern, by);

export const RULES: readonly Rule[] = [
  {
    name: 'server',
    reason: 'a tenant has the gateway where direct has the apiserver',
    apply: (text, { servers }) =>
      servers.reduce((rest, server) => rest.replaceAll(server, '<server>').replaceAll(new URL(server).host, '<host>'), text),
  },
  {
    name: 'server address',
    reason: 'the address at which the server believes to be reached, in /api',
    apply: swap(/"serverAddress":"[^"]*"/g, '"serverAddress":"<host>"'),
  },
  {
    name: 'placeholders',
    reason: 'the namespaces that the script names by placeholder are others in each session',
    apply: (text, { foreign, own }) => text.replaceAll(foreign, '<foreign>').replaceAll(own, '<own>'),
  },
  {
    name: 'token',
    reason: 'a token is made anew each time; only its shape counts (three parts, an RS256 header)',
    apply: swap(/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]{40,}/g, '<jwt>'),
  },
  {
    name: 'certificate',
    reason: 'the CA is the cluster’s own',
    apply: swap(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g, '<certificate>'),
  },
  {
    name: 'uid',
    reason: 'each object has its own',
    apply: swap(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'),
  },
  {
    name: 'time',
    reason: 'the sessions do not run at the same instant',
    apply: swap(
      /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| [+-]\d{4} UTC)|\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g,
      '<time>',
    ),
  },
  { name: 'age', reason: 'ages in tables, as times', apply: blankAges },
  {
    name: 'resource version',
    reason: 'counts every write of the whole cluster',
    apply: swap(/("?resource ?Version"?: *"?)\d+/gi, '$1<version>'),
  },
  {
    name: 'generated name',
    reason: 'five random characters behind a dash, chosen by the server',
    apply: swap(new RegExp(`(?<=[a-z0-9]-)${RANDOM}{5}(?![\\w-])`, 'g'), '<rand>'),
  },
  {
    name: 'event name',
    reason: 'ends with the time in hexadecimal',
    apply: swap(/\.1[0-9a-f]{15}\b/g, '.<event>'),
  },
  {
    name: 'cluster IP',
    reason: 'given out by the cluster, from 10.0.0.0/16',
    apply: swap(/\b10\.0\.\d{1,3}\.\d{1,3}\b(?!\/)/g, '<ip>'),
  },
  {
    name: 'node port',
    reason: 'given out by the cluster, from 30000-32767',
    apply: swap(/(nodePort"?: ?|:|NodePort: +\S+ +)3[0-2]\d{3}(?=\D|$)/g, '$1<port>'),
  },
  {
    name: 'temporary folder',
    reason: 'kubectl diff and edit compare files in folders of their own',
    apply: swap(/\/tmp\/(LIVE|MERGED|kubectl-edit)-\d+/g, '/tmp/$1-<n>'),
  },
  {
    name: 'log line of kubectl',
    reason: 'klog begins its lines with a time and a process id',
    apply: swap(/^([EWI])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, '$1<log> '),
  },
  {
    name: 'home',
    reason: 'each session has its own',
    apply: (text, { home }) => text.replaceAll(home, '<home>'),
  },
  {
    name: 'column width',
    reason: 'columns are as wide as what was blanked in them; indentation is kept',
    apply: swap(/(?<=\S)(?:\t| {2,})(?=\S)/g, '  '),
  },
];

export function normalise(text: string, words: SessionWords): string {
  let result = text;
  for (const rule of RULES) result = rule.apply(result, words);
  return result.replace(/[ \t]+$/gm, '');
}

/** Only below a heading with a column of that kind: a `30s` elsewhere is somebody's setting. */
function blankAges(text: string): string {
  let inTable = false;
  return text
    .split('\n')
    .map((line) => {
      if (TABLE_HEAD.test(line)) {
        inTable = true;
        return line;
      }
      if (line === '') inTable = false;
      if (/^\s*Age:/.test(line)) return line.replace(AGE, '<age>');
      return inTable ? line.replace(AGE, '<age>') : line;
    })
    .join('\n');
}
