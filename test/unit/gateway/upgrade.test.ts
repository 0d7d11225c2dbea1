import assert from 'node:assert/strict';
import { HeaderView } from '../../../src/gateway/headers.ts';
import { isKeylessWebSocket, isUpgrade } from '../../../src/gateway/upgrade.ts';

const view = (headers: Record<string, string>) => new HeaderView(Object.entries(headers).map(([key, value]) => ({ key, value })));

describe('an upgrade', () => {
  it('is asked for by HTTP/1.1’s way or by an extended CONNECT', () => {
    assert.equal(isUpgrade(view({ upgrade: 'SPDY/3.1' })), true);
    assert.equal(isUpgrade(view({ ':method': 'CONNECT', ':protocol': 'websocket' })), true);
    assert.equal(isUpgrade(view({ ':method': 'GET' })), false);
  });

  it('to a WebSocket needs a key where HTTP/2 has brought none', () => {
    assert.equal(isKeylessWebSocket(view({ upgrade: 'WebSocket' })), true);
    assert.equal(isKeylessWebSocket(view({ ':protocol': 'websocket' })), true);
    assert.equal(isKeylessWebSocket(view({ upgrade: 'websocket', 'sec-websocket-key': 'a' })), false);
    assert.equal(isKeylessWebSocket(view({ upgrade: 'SPDY/3.1' })), false);
  });
});
