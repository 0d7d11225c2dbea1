import type { Logger } from 'pino';
import { type Config, upstreamsOf } from '../config/config.ts';
import { connectUpstream } from '../upstream/connect-upstream.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';

/** For what the gateway does with the controller's rights: one client for each upstream cluster, by its name. */
export function connectControllers(config: Config, log: Logger): ReadonlyMap<string, UpstreamClient> {
  return new Map(
    upstreamsOf(config).map(({ name, controllerKubeconfig }) => [
      name,
      connectUpstream(controllerKubeconfig, (error) =>
        log.warn({ err: error, upstream: name }, 'a changed kubeconfig cannot be used, going on with the former'),
      ),
    ]),
  );
}
