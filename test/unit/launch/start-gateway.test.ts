import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { LaunchContext } from '../../../src/launch/stack/launch-context.ts';
import { startGateway } from '../../../src/launch/stack/start-gateway.ts';
import { homeAt } from '../../../src/launch/state/home.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

describe('startGateway', () => {
  const folder = useTemporaryFolder();

  it('starts no Envoy on a port that somebody took while the cluster was being started: the two would share it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const home = homeAt(folder());
    mkdirSync(home.runDir, { recursive: true });
    const steps = { all: () => Promise.reject(new Error('the processes were started')) };
    const context = { options: {}, home, choices: { ports: {} }, gatewayPort: port, steps, signal: new AbortController().signal };
    const envoy = { host: '127.0.0.1', port: 1, caFile: join(folder(), 'ca.crt') };
    const upstream = {
      url: 'https://127.0.0.1:1',
      gatewayKubeconfig: 'g',
      controllerKubeconfig: 'c',
      etcdUrl: 'http://127.0.0.1:1',
      envoy,
      others: {},
    };
    try {
      await assert.rejects(startGateway(context as unknown as LaunchContext, upstream, 'envoy'), { message: `Port ${port} is in use.` });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
