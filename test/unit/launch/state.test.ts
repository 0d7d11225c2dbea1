import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LaunchError } from '../../../src/launch/launch-error.ts';
import { readChoices, settleUpstream, writeChoices } from '../../../src/launch/state/choices.ts';
import { chooseGatewayPort, choosePort } from '../../../src/launch/state/choose-port.ts';
import { claimPort } from '../../../src/launch/state/claim-port.ts';
import { defaultHome, homeAt, tenantKubeconfigAt } from '../../../src/launch/state/home.ts';
import { socketFolder } from '../../../src/launch/state/socket-folder.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

/** A port that is in use while `work` runs. */
async function withTakenPort(port: number, work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    await work((server.address() as { port: number }).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the state folder', () => {
  const folder = useTemporaryFolder();
  const home = () => homeAt(folder());

  it('is $KUBEZOO_HOME, else .kubezoo', () => {
    assert.equal(defaultHome({ KUBEZOO_HOME: '/srv/zoo' }), '/srv/zoo');
    assert.equal(defaultHome({ KUBEZOO_HOME: '' }), '.kubezoo');
  });
  it('has its contract files where the README says', () => {
    const at = homeAt('/z');
    assert.equal(at.upstreamKubeconfig, '/z/upstream.kubeconfig');
    assert.equal(at.operatorKubeconfig, '/z/operator.kubeconfig');
    assert.equal(at.endpoints, '/z/endpoints.json');
    assert.equal(tenantKubeconfigAt(at, 'abc123'), '/z/tenants/abc123.kubeconfig');
  });

  it('keeps its choices for its owner alone', () => {
    writeChoices(home(), { upstream: 'embedded', ports: { etcd: 20_001 } });
    assert.deepEqual(readChoices(home()), { upstream: 'embedded', ports: { etcd: 20_001 } });
    assert.equal(statSync(home().choices).mode & 0o777, 0o600);
  });
  it('says what to do about damaged choices', () => {
    writeFileSync(home().choices, '{"ports":{"etcd":"x"}}');
    assert.throws(() => readChoices(home()), LaunchError);
  });
  it('belongs to one cluster', () => {
    const settled = settleUpstream({ ports: {} }, 'embedded', home());
    assert.equal(settleUpstream(settled, 'embedded', home()).upstream, 'embedded');
    assert.throws(() => settleUpstream(settled, 'https://10.0.0.1:6443', home()), /holds tenants of another cluster \(embedded\)/);
  });
});

describe('choosePort', () => {
  const folder = useTemporaryFolder();

  it('gives no port twice, though nobody listens on it yet', async () => {
    const ports = await Promise.all(Array.from({ length: 300 }, () => choosePort({ ports: {} }, 'any')));
    assert.equal(new Set(ports).size, 300);
  });
  it('leaves alone what another process has claimed, and takes it when that is gone', async () => {
    const claim = new URL('../../../src/launch/state/claim-port.ts', import.meta.url).href;
    const program = `const { claimPort } = await import('${claim}'); console.log(claimPort(20001, '${folder()}')); process.stdin.resume();`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const [said] = (await once(other.stdout, 'data')) as [Buffer];
      assert.equal(said.toString(), 'true\n');
      assert.equal(claimPort(20_001, folder()), false);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    assert.equal(claimPort(20_001, folder()), true);
  });
  it('does without where nothing can be written', () => {
    writeFileSync(join(folder(), 'file'), '');
    assert.equal(claimPort(20_002, join(folder(), 'file', 'ports')), true);
  });
  it('keeps the port of the last start', async () => {
    const choices = { ports: {} as Record<string, number> };
    const first = await choosePort(choices, 'etcd');
    assert.equal(await choosePort(choices, 'etcd'), first);
    assert.deepEqual(choices.ports, { etcd: first });
    assert.notEqual(await choosePort(choices, 'upstream'), first);
  });
  it('gives up a port that is in use by now', async () => {
    await withTakenPort(0, async (port) => {
      const choices = { ports: { etcd: port } };
      const chosen = await choosePort(choices, 'etcd');
      assert.notEqual(chosen, port);
      assert.equal(choices.ports.etcd, chosen);
    });
  });
  it("takes the gateway's port as asked, or refuses", async () => {
    await withTakenPort(0, async (port) => {
      await assert.rejects(chooseGatewayPort({ ports: {} }, port), (error: LaunchError) => {
        assert.equal(error.message, `Port ${port} is in use.`);
        assert.match(error.hint, /--port/);
        return true;
      });
    });
    const free = await choosePort({ ports: {} }, 'any');
    assert.equal(await chooseGatewayPort({ ports: {} }, free), free);
  });
});

describe('socketFolder', () => {
  const folder = useTemporaryFolder();

  it('lies in the state folder where paths are short, closed to others', () => {
    const sockets = socketFolder(homeAt(join(folder(), 'h')));
    assert.equal(sockets, join(folder(), 'h', 'run', 's'));
    assert.equal(statSync(sockets).mode & 0o777, 0o700);
  });
  it('lies elsewhere for a long path, the same each time and apart from others', () => {
    const long = (end: string) => homeAt(join(folder(), 'x'.repeat(90), end));
    const sockets = socketFolder(long('1'), folder());
    assert.equal(socketFolder(long('1'), folder()), sockets);
    assert.notEqual(socketFolder(long('2'), folder()), sockets);
    assert.ok(Buffer.byteLength(join(sockets, 'ext-proc.sock')) <= 103);
    assert.equal(statSync(sockets).mode & 0o777, 0o700);
  });
  it('refuses a link that somebody put in its place', () => {
    const home = homeAt(join(folder(), 'x'.repeat(90)));
    const sockets = socketFolder(home, join(folder()));
    const other = join(folder(), 'other');
    mkdirSync(other);
    mkdirSync(join(folder(), 'tmp'));
    symlinkSync(other, join(folder(), 'tmp', sockets.slice(folder().length + 1)));
    assert.throws(() => socketFolder(home, join(folder(), 'tmp')), /is not this user's/);
  });
});
