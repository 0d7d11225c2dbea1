import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leave } from '../../../src/gateway/leave.ts';

describe('a replica that leaves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-leave-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('asks Envoy to drain before it ends watches, twice', async () => {
    const envoyAdminSocket = join(folder, 'envoy.sock');
    const done: string[] = [];
    const envoy = createServer((request, response) => {
      done.push(`${request.method} ${request.url}`);
      response.end('OK\n');
    }).listen(envoyAdminSocket);
    await once(envoy, 'listening');
    await leave({ settings: { delaySeconds: 0, envoyAdminSocket }, endWatches: () => done.push('watches end'), onError: assert.ifError });
    envoy.close();
    assert.deepEqual(done, ['POST /drain_listeners?graceful&skip_exit', 'watches end', 'watches end']);
  }).timeout(10_000);

  it('goes on without an Envoy that answers', async () => {
    const errors: unknown[] = [];
    let ended = 0;
    const envoyAdminSocket = join(folder, 'nobody.sock');
    await leave({ settings: { delaySeconds: 0, envoyAdminSocket }, endWatches: () => ended++, onError: (error) => errors.push(error) });
    assert.deepEqual([errors.length, ended], [1, 2]);
  }).timeout(10_000);

  it('leaves Envoy, which goes on without it, as it is', async () => {
    await leave({ settings: undefined, endWatches: () => assert.fail('the drain does that'), onError: assert.ifError });
  });
});
