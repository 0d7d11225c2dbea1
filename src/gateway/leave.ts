/**
 * How a replica leaves: between SIGTERM and the end, its clients are to go on elsewhere without an error. A client that keeps its
 * connection comes back to this replica, however its watch has ended: so Envoy, too, has to tell it to go.
 */
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.ts';

/** Watches are ended twice: what a client opens on its old connection is answered with Envoy's word to leave it, and ends soon after. */
const SECOND_END_MS = 1_500;
const ENVOY_ANSWERS_WITHIN_MS = 2_000;

export interface LeaveOptions {
  readonly settings: Config['shutdown'];
  /** Ends every watch as upstream ends one whose time is over. New ones are still served. */
  readonly endWatches: () => void;
  /** Told when Envoy could not be asked; the rest goes on. */
  readonly onError: (error: unknown) => void;
}

/**
 * To be called when `/readyz` says no already. Resolves when load balancers had their time to notice, and Envoy, where it ends with this
 * process, has sent its clients away; what is still under way may then end by itself. Never rejects.
 */
export async function leave({ settings, endWatches, onError }: LeaveOptions): Promise<void> {
  await delay((settings?.delaySeconds ?? 0) * 1_000);
  if (settings?.envoyAdminSocket === undefined) return;
  await drainEnvoy(settings.envoyAdminSocket).catch(onError);
  endWatches();
  await delay(SECOND_END_MS);
  endWatches();
}

/** From here on each answer carries `connection: close` or brings a GOAWAY, and after Envoy's `--drain-time-s` it listens no more. */
function drainEnvoy(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, path: '/drain_listeners?graceful&skip_exit', method: 'POST', timeout: ENVOY_ANSWERS_WITHIN_MS },
      (response) => {
        response.resume();
        if (response.statusCode === 200) resolve();
        else reject(new Error(`Envoy answered ${response.statusCode} to drain_listeners`));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('Envoy did not answer drain_listeners in time')));
    asked.on('error', reject);
    asked.end();
  });
}
