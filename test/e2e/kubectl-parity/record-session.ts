import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { type RecordedConnection, recordWire, type WireRecorder } from './record-wire.ts';
import { Session } from './session.ts';
import { type Step, titleOf } from './step.ts';

export interface Recorded {
  readonly session: Session;
  readonly connections: () => readonly RecordedConnection[];
  readonly close: () => Promise<void>;
}

export interface RecordedSessionOptions {
  readonly kubectl: string;
  /** A folder of the session's own. */
  readonly folder: string;
  readonly kubeconfig: string;
  readonly foreign: string;
  readonly own: string;
}

/** A session whose every answer is kept, one connection apart from the other, under the title of its step. */
export async function recordSession({ kubectl, folder, kubeconfig, foreign, own }: RecordedSessionOptions): Promise<Recorded> {
  mkdirSync(folder, { recursive: true });
  const behind = readKubeconfig(kubeconfig);
  const { clientCert, clientKey, ...anonymous } = behind;
  let label = 'before the first step';
  const labelOf = () => label;
  const recorders: WireRecorder[] = [await recordWire(behind, labelOf), await recordWire(anonymous, labelOf)];
  const [admin, bearer] = recorders as [WireRecorder, WireRecorder];
  const recordedKubeconfig = join(folder, 'kubeconfig');
  // The recorder has the certificate; kubectl’s own is asked for by nobody, but a kubeconfig needs a credential.
  writeFileSync(recordedKubeconfig, renderKubeconfig({ ...admin.cluster, clientCert, clientKey } as Cluster, 'recorded'), { mode: 0o600 });
  const session = new Session({
    kubectl,
    home: join(folder, 'home'),
    kubeconfig: recordedKubeconfig,
    bearer: bearer.cluster,
    servers: [admin.cluster.server, bearer.cluster.server],
    foreign,
    own,
    onStep: (step: Step) => {
      label = titleOf(step);
    },
  });
  return {
    session,
    connections: () => recorders.flatMap(({ connections }) => connections),
    close: async () => {
      for (const recorder of recorders) await recorder.close();
    },
  };
}
