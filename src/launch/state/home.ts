import { resolve } from 'node:path';

/** Where things lie in the state folder. The first five are a contract with people and their scripts (README). */
export interface Home {
  readonly root: string;
  /** Cluster admin, straight at upstream. */
  readonly upstreamKubeconfig: string;
  /** The platform's operator, through the gateway. */
  readonly operatorKubeconfig: string;
  /** One `<id>.kubeconfig` for each tenant. */
  readonly tenantsDir: string;
  /** URLs: gateway, upstream, admin. */
  readonly endpoints: string;
  readonly logsDir: string;
  readonly runDir: string;
  readonly config: string;
  readonly envoyConfig: string;
  /** Where Envoy's keys are, for Envoy. */
  readonly envoySecretsDir: string;
  readonly gatewayKubeconfig: string;
  /** The CA of the gateway's and the tenants' certificates: its own, apart from upstream's. */
  readonly pkiDir: string;
  /** State of the embedded cluster, or what was taken out of a given kubeconfig. */
  readonly upstreamDir: string;
  readonly choices: string;
  readonly lock: string;
}

export function homeAt(folder: string): Home {
  const root = resolve(folder);
  const at = (...parts: string[]) => resolve(root, ...parts);
  return {
    root,
    upstreamKubeconfig: at('upstream.kubeconfig'),
    operatorKubeconfig: at('operator.kubeconfig'),
    tenantsDir: at('tenants'),
    endpoints: at('endpoints.json'),
    logsDir: at('logs'),
    runDir: at('run'),
    config: at('config.json'),
    envoyConfig: at('envoy.yaml'),
    envoySecretsDir: at('envoy-secrets'),
    gatewayKubeconfig: at('upstream', 'gateway.kubeconfig'),
    pkiDir: at('pki'),
    upstreamDir: at('upstream'),
    choices: at('choices.json'),
    lock: at('run', 'launcher.lock'),
  };
}

/** The folder when none is named. */
export function defaultHome(env: NodeJS.ProcessEnv = process.env): string {
  return env.KUBEZOO_HOME || '.kubezoo';
}

export function tenantKubeconfigAt(home: Home, tenantId: string): string {
  return resolve(home.tenantsDir, `${tenantId}.kubeconfig`);
}

/** Like `upstreamDir`, of a cluster beside the first. */
export function otherUpstreamDir(home: Home, upstreamName: string): string {
  return resolve(home.root, 'upstreams', upstreamName);
}
