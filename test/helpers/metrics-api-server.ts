import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../../src/certs/authority.ts';
import { issueCertificate } from '../../src/certs/issue-certificate.ts';

const VERSION = '/apis/metrics.k8s.io/v1beta1';
const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'metrics.k8s.io/v1beta1',
  resources: [
    { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
    { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
  ],
};

export interface MetricsApiServer {
  readonly port: number;
  /** Targets of the requests for pods' metrics so far. */
  readonly asked: string[];
  close(): Promise<void>;
}

/**
 * An aggregated API server that answers as metrics-server does: a list in no order, from its beginning whatever the continue token, without a
 * resourceVersion. (The real one needs nodes with kubelets.)
 * @param pods `namespace/name` of those that it has figures of
 */
export async function startMetricsApiServer(pods: () => readonly string[]): Promise<MetricsApiServer> {
  const authority = await createAuthority({ commonName: 'metrics-ca' });
  const { certificatePem, keyPem } = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    server: true,
    days: 1,
  });
  const asked: string[] = [];
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://localhost');
    const send = (code: number, body: object) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    if (pathname === VERSION) return send(200, RESOURCES);
    const [, namespace] = /\/namespaces\/([^/]+)\/pods$/.exec(pathname) ?? [];
    if (namespace === undefined && pathname !== `${VERSION}/pods`) return send(404, { kind: 'Status', code: 404 });
    asked.push(request.url ?? '');
    const items = pods()
      .filter((pod) => namespace === undefined || pod.startsWith(`${namespace}/`))
      .map(metricsOf);
    return send(200, { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function metricsOf(pod: string): object {
  const [namespace, name] = pod.split('/');
  return {
    metadata: { name, namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
    timestamp: '2026-01-01T00:00:00Z',
    window: '15s',
    containers: [{ name: 'main', usage: { cpu: '5m', memory: '20Mi' } }],
  };
}
