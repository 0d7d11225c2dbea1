/** A configuration with nothing but what has to be there. */
export const MINIMAL = `extProcSocket: /run/ext-proc.sock
localSocket: /run/local.sock
gatewayKubeconfig: gateway.kubeconfig
controllerKubeconfig: controller.kubeconfig
gatewayUrl: https://gateway:6443
servingCaFile: ca.crt
clientCaFile: ca.crt
clientCaKeyFile: ca.key
etcdEndpoints: [http://127.0.0.1:2379]
`;
