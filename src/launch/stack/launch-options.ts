import type { StepRenderer } from './steps.ts';

export interface LaunchOptions {
  /** The state folder. */
  readonly home: string;
  /** The gateway's port; 0 chooses one. */
  readonly port: number;
  /** Kubeconfig of the cluster to use; without it one is started. */
  readonly upstreamKubeconfig?: string | undefined;
  /** Kubeconfigs of further clusters, by the name that a tenant's `spec.upstream` has. */
  readonly otherUpstreams?: Readonly<Record<string, string>> | undefined;
  /** Threads of the sidecar that serve ext_proc. Default 1: no threads. */
  readonly workers?: number | undefined;
  /** Tenants that there will be after the start. */
  readonly tenants: readonly string[];
  /** Starts a Jaeger, where the environment names no collector. */
  readonly tracing?: boolean | undefined;
  /** Which part of the requests is traced, from 0 to 1. Default 1. */
  readonly traceRatio?: number | undefined;
  /** File with the `oidc` block of the configuration, YAML or JSON. */
  readonly oidcFile?: string | undefined;
  /** For tests: tenants' webhooks are called on this machine, whatever address an endpoint has. */
  readonly webhooksOnLoopback?: boolean | undefined;
  /** kube-apiserver's own audit log, of the cluster that is started: absolute paths. */
  readonly upstreamAudit?: { readonly policyFile: string; readonly logFile: string } | undefined;
  readonly renderer: StepRenderer;
  /** Told of what happens after the start: a process that ended and is started again. */
  readonly onMessage: (line: string) => void;
}

export const DEFAULT_PORT = 6443;
export const DEFAULT_TENANTS = ['demo01', 'demo02'];
