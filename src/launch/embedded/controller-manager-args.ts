import type { UpstreamPki } from './upstream-pki.ts';

/** Flags of a stock kube-controller-manager that is alone. Its own port is off: nobody asks it. */
export function controllerManagerArgs(kubeconfig: string, pki: UpstreamPki): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    '--secure-port=0',
    // The default of 20 a second is what removing a namespace, with all of its kinds, waits for.
    '--kube-api-qps=100',
    '--kube-api-burst=200',
    `--service-account-private-key-file=${pki.tokenKeyFile}`,
    `--root-ca-file=${pki.ca.certFile}`,
    `--cluster-signing-cert-file=${pki.ca.certFile}`,
    `--cluster-signing-key-file=${pki.ca.keyFile}`,
  ];
}
