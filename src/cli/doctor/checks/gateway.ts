import { existsSync, readFileSync } from 'node:fs';
import { KubeClient } from '../../../launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../launch/kube/kubeconfig.ts';
import { type Check, failure, ok } from '../check.ts';

const TIMEOUT_MS = 5_000;

/** The way that clients take: Envoy, and the sidecar behind it. With the operator's certificate where it is at hand, else as nobody. */
export const gateway: Check = {
  name: 'gateway',
  title: 'gateway',
  about: 'Envoy, and the sidecar behind it, answer where clients go (gatewayUrl)',
  async run({ config, home }) {
    const operator = home && existsSync(home.operatorKubeconfig) ? readKubeconfig(home.operatorKubeconfig) : undefined;
    const cluster = operator ?? { server: config.gatewayUrl, ca: readFileSync(config.servingCaFile, 'utf8') };
    const client = new KubeClient(cluster);
    try {
      const { status, body } = await client.request('GET', '/readyz', { timeoutMs: TIMEOUT_MS });
      // Nobody is refused by the sidecar, not by Envoy: it is there.
      if (status === 200 || (status === 401 && !operator)) return [ok(`${cluster.server} answers`)];
      const advice =
        status === 503 ? 'Envoy is there, and the sidecar behind it is not ready' : "is this the gateway's address (gatewayUrl)?";
      return [failure(`${cluster.server} answers ${status}: ${body.trim().slice(0, 200)}`, advice)];
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : thrown;
      return [failure(`${cluster.server}: ${why}`, 'does Envoy run, and is its certificate of the CA in servingCaFile?')];
    } finally {
      client.close();
    }
  },
};
