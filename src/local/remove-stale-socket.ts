import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Makes room for a Unix socket: removes what a process that is no more has left there.
 * @throws Error when somebody answers on it, or it is no socket
 */
export async function removeStaleSocket(socketPath: string): Promise<void> {
  const probe = connect(socketPath);
  try {
    await once(probe, 'connect');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    // A plain file refuses connections, too.
    if (code !== 'ECONNREFUSED' || !(await lstat(socketPath)).isSocket()) throw error;
    await unlink(socketPath);
    return;
  } finally {
    probe.destroy();
  }
  throw new Error(`${socketPath} is in use by another process`);
}
