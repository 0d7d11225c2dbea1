import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';

export interface EtcdProcessOptions {
  /** More of etcd's flags: for authentication, or for TLS, where `scheme` is `https`. */
  readonly flags?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

/** One etcd of its own, in a temporary folder; stop() and start() keep ports and data. */
export class EtcdProcess {
  readonly port: number;
  readonly #peerPort: number;
  readonly #binary: string;
  readonly #flags: readonly string[];
  readonly #scheme: 'http' | 'https';
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubezoo-etcd-'));
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(binary: string, port: number, peerPort: number, { flags = [], scheme = 'http' }: EtcdProcessOptions) {
    this.#binary = binary;
    this.#flags = flags;
    this.#scheme = scheme;
    this.port = port;
    this.#peerPort = peerPort;
  }

  static async start(options: EtcdProcessOptions = {}): Promise<EtcdProcess> {
    const etcd = new EtcdProcess(await findBinary('etcd'), await freePort(), await freePort(), options);
    await etcd.start();
    return etcd;
  }

  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const peer = `http://127.0.0.1:${this.#peerPort}`;
    const args = ['--data-dir', join(this.#folder, 'data'), '--unsafe-no-fsync', '--log-level', 'error', ...this.#flags];
    args.push('--listen-client-urls', this.endpoint, '--advertise-client-urls', this.endpoint, '--listen-peer-urls', peer);
    args.push('--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`);
    const child = spawn(this.#binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.stdout.on('data', (chunk) => (this.#log += String(chunk)));
    child.stderr.on('data', (chunk) => (this.#log += String(chunk)));
    let failure: Error | undefined;
    child.on('error', (error) => (failure = error));
    await eventually(async () => {
      if (failure || child.exitCode !== null) throw new Error(`etcd did not start: ${failure?.message ?? this.#log}`);
      const socket = connect(this.port, '127.0.0.1');
      await once(socket, 'connect').finally(() => socket.destroy());
    });
  }

  /** Kills it, as a machine that fails would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** It keeps its connections and answers nothing. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Kills it and forgets all data. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async loseData(): Promise<void> {
    await this.kill();
    rmSync(join(this.#folder, 'data'), { recursive: true, force: true });
    await this.start();
  }
}
