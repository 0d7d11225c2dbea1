import assert from 'node:assert/strict';
import { parseHosts } from '../../../src/launch/pki/hosts.ts';

describe('parseHosts', () => {
  it('parts names from addresses, each once', () => {
    assert.deepEqual(parseHosts('envoy, 127.0.0.1,*.example.org,::1,envoy,'), {
      dnsNames: ['envoy', '*.example.org'],
      ipAddresses: ['127.0.0.1', '::1'],
    });
  });
  it('knows what is neither', () => {
    for (const text of ['', ' , ', 'a b', 'https://a', '300.1.2.3', '10.0.0', 'a.*', '-a', 'a_b', 'a..b', 'a:6443']) {
      assert.equal(parseHosts(text), undefined, text);
    }
  });
});
