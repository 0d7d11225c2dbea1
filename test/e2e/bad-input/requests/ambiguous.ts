import { FOREIGN, NAMESPACE } from '../bad-request.ts';

/** Bodies that two parsers could read differently; each answer is upstream's own, and nothing comes into being elsewhere. */
export const AMBIGUOUS: readonly { readonly title: string; readonly body: string }[] = [
  {
    title: 'a namespace twice, the other tenant’s last',
    body: metadata(`"name":"twice","namespace":"${NAMESPACE}","namespace":"${FOREIGN}"`),
  },
  {
    title: 'a namespace twice, the other tenant’s first',
    body: metadata(`"name":"twice","namespace":"${FOREIGN}","namespace":"${NAMESPACE}"`),
  },
  { title: 'a namespace in an escaped key', body: metadata(`"name":"twice","name\\u0073pace":"${FOREIGN}"`) },
  { title: 'a namespace in another spelling', body: metadata(`"name":"twice","Namespace":"${FOREIGN}"`) },
  {
    title: 'metadata twice',
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"metadata":{"name":"twice","namespace":"${FOREIGN}"}}`,
  },
  {
    title: 'metadata in another spelling',
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"Metadata":{"name":"twice","namespace":"${FOREIGN}"}}`,
  },
];

function metadata(fields: string): string {
  return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{${fields}}}`;
}
