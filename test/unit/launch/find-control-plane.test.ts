import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SILENT } from '../../../src/launch/progress.ts';
import { CONTROL_PLANE, findControlPlane, findInstalled } from '../../../src/launch/tools/find-control-plane.ts';
import { useTemporaryFolder } from './temporary-folder.ts';
import { writeProgram } from './write-program.ts';

describe('findInstalled', () => {
  const folder = useTemporaryFolder();
  const at = (...parts: string[]) => join(folder(), ...parts);
  const put = (place: string, names: readonly string[]) => {
    for (const name of names) writeProgram(at(place, name), 'exit 0');
  };
  const placed = (place: string) => Object.fromEntries(CONTROL_PLANE.map((name) => [name, at(place, name)]));

  it('takes $KUBEBUILDER_ASSETS before PATH', () => {
    put('assets', CONTROL_PLANE);
    put('path', CONTROL_PLANE);
    const found = findInstalled(CONTROL_PLANE, SILENT, { KUBEBUILDER_ASSETS: at('assets'), PATH: at('path') });
    assert.deepEqual(found, placed('assets'));
  });
  it('never mixes two places, and says what the first lacks', () => {
    put('assets', ['etcd', 'kube-apiserver', 'kubectl']);
    put('path', CONTROL_PLANE);
    const notes: string[] = [];
    const progress = { ...SILENT, note: (line: string) => void notes.push(line) };
    const found = findInstalled(CONTROL_PLANE, progress, { KUBEBUILDER_ASSETS: at('assets'), PATH: at('path') });
    assert.deepEqual(found, placed('path'));
    assert.match(notes.join(), /has no kube-controller-manager/);
  });
  it('does not take three of four from PATH', () => {
    put('path', ['etcd', 'kube-controller-manager', 'kubectl']);
    assert.equal(findInstalled(CONTROL_PLANE, SILENT, { PATH: at('path') }), undefined);
    assert.deepEqual(findInstalled(['etcd'], SILENT, { PATH: at('path') }), { etcd: at('path', 'etcd') });
  });
  it('builds when nothing is there, which needs Go', async () => {
    await assert.rejects(
      findControlPlane(CONTROL_PLANE, SILENT, undefined, { PATH: at('path'), XDG_CACHE_HOME: at('cache') }),
      (error: Error) => {
        assert.match(error.message, /Kubernetes has to be built, and `go version` fails/);
        assert.match((error as Error & { hint: string }).hint, /Go 1\.26.*--upstream-kubeconfig/s);
        return true;
      },
    );
  });
});
