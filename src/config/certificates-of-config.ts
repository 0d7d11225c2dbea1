import type { CertificateSource } from '../telemetry/certificate-metrics.ts';
import { type Config, type UpstreamConfig, upstreamsOf } from './config.ts';

/** What the gateway lives by. The controller's own credential is the controller's to tell of. */
export function certificatesOf(config: Config): CertificateSource[] {
  const { servingCertFile, admissionBridge, etcd } = config;
  return [
    { certificate: 'client-ca', file: config.clientCaFile, form: 'authorities' },
    { certificate: 'serving-ca', file: config.servingCaFile, form: 'authorities' },
    ...(servingCertFile ? [{ certificate: 'serving', file: servingCertFile, form: 'leaf' } as const] : []),
    ...(admissionBridge ? [{ certificate: 'admission-bridge', file: admissionBridge.certFile, form: 'leaf' } as const] : []),
    ...(etcd?.certFile ? [{ certificate: 'etcd-client', file: etcd.certFile, form: 'leaf' } as const] : []),
    ...upstreamsOf(config).map((upstream) => ofUpstream('upstream-gateway', upstream, 'gatewayKubeconfig')),
  ];
}

export function certificatesOfController(config: Config): CertificateSource[] {
  return upstreamsOf(config).map((upstream) => ofUpstream('upstream-controller', upstream, 'controllerKubeconfig'));
}

function ofUpstream(certificate: string, upstream: UpstreamConfig, file: 'gatewayKubeconfig' | 'controllerKubeconfig'): CertificateSource {
  return { certificate, upstream: upstream.name, file: upstream[file], form: 'kubeconfig' };
}
