import { existsSync } from 'node:fs';
import { type Config, upstreamsOf } from '../../config/config.ts';
import { etcdOf } from '../../config/etcd-of-config.ts';
import { type Home, homeAt } from '../../launch/state/home.ts';
import { openEtcdStore } from '../../tenants/etcd-store.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { connectUpstream } from '../../upstream/connect-upstream.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { type PlatformFlags, readPlatformConfig } from '../platform/platform-flags.ts';

/** An upstream cluster, and the ways to it. */
export interface DoctorUpstream {
  readonly name: string;
  readonly gatewayKubeconfig: string;
  readonly controllerKubeconfig: string;
  /** With the gateway's and with the controller's identity. */
  readonly gateway: UpstreamClient;
  readonly controller: UpstreamClient;
}

/** What all checks look at; nothing is connected before a check needs it. */
export interface DoctorContext {
  readonly config: Readonly<Config>;
  /** Missing where the configuration was named instead. */
  readonly home: Home | undefined;
  /** Envoy's bootstrap file, where one is known. */
  readonly envoyConfigFile: string | undefined;
  readonly upstreams: readonly DoctorUpstream[];
  /** Read once for all checks. */
  tenants(): Promise<readonly Tenant[]>;
  close(): Promise<void>;
}

export interface DoctorFlags extends PlatformFlags {
  readonly envoyConfig?: string;
}

/** Throws CommandError when there is no configuration. */
export function openDoctorContext(flags: DoctorFlags): DoctorContext {
  const config = readPlatformConfig(flags);
  const home = flags.config === undefined ? homeAt(flags.home) : undefined;
  const store = openEtcdStore(etcdOf(config));
  const opened: UpstreamClient[] = [];
  const upstreams = upstreamsOf(config).map((files) => {
    const connect = (kubeconfig: string) =>
      once(() => {
        const client = connectUpstream(kubeconfig);
        opened.push(client);
        return client;
      });
    const [gateway, controller] = [connect(files.gatewayKubeconfig), connect(files.controllerKubeconfig)];
    return {
      ...files,
      get gateway() {
        return gateway();
      },
      get controller() {
        return controller();
      },
    };
  });
  const tenants = once(async () => (await store.list()).tenants);
  return {
    config,
    home,
    envoyConfigFile: flags.envoyConfig ?? (home && existsSync(home.envoyConfig) ? home.envoyConfig : undefined),
    upstreams,
    tenants,
    async close() {
      for (const client of opened) client.close();
      await store.close();
    },
  };
}

/** Makes it when first asked. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
