import type { EnvoyUpstream } from '../../gateway/envoy-config.ts';

/** What the gateway's processes need to know of upstream, whether it was started here or given. */
export interface UpstreamAccess {
  readonly url: string;
  readonly gatewayKubeconfig: string;
  readonly controllerKubeconfig: string;
  readonly etcdUrl: string;
  readonly envoy: EnvoyUpstream;
  /** Clusters beside it, by name. */
  readonly others: Readonly<Record<string, OtherUpstream>>;
}

export type OtherUpstream = Pick<UpstreamAccess, 'gatewayKubeconfig' | 'controllerKubeconfig' | 'envoy'>;
