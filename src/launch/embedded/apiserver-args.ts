import type { UpstreamPki } from './upstream-pki.ts';

export interface ApiserverOptions {
  readonly port: number;
  readonly etcdUrl: string;
  readonly pki: UpstreamPki;
  /** TracingConfiguration; undefined: no spans. */
  readonly tracingConfigFile?: string | undefined;
  readonly audit?: { readonly policyFile: string; readonly logFile: string } | undefined;
}

/** Flags of a stock kube-apiserver on loopback: addresses and keys, nothing that tenancy would need. */
export function apiserverArgs({ port, etcdUrl, pki, tracingConfigFile, audit }: ApiserverOptions): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // The Service `kubernetes` cannot have a loopback address as endpoint.
    '--endpoint-reconciler-type=none',
    `--client-ca-file=${pki.ca.certFile}`,
    `--tls-cert-file=${pki.apiserver.certFile}`,
    `--tls-private-key-file=${pki.apiserver.keyFile}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged',
    `--service-account-key-file=${pki.tokenPublicKeyFile}`,
    `--service-account-signing-key-file=${pki.tokenKeyFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.0.0.0/16',
    ...(tracingConfigFile === undefined ? [] : [`--tracing-config-file=${tracingConfigFile}`]),
    ...(audit ? [`--audit-policy-file=${audit.policyFile}`, `--audit-log-path=${audit.logFile}`] : []),
  ];
}
