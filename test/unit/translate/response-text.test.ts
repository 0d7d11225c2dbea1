import assert from 'node:assert/strict';
import { locationToTenant, plainTextToTenant, warningToTenant } from '../../../src/translate/response-text.ts';

describe('texts and headers of an answer', () => {
  it('are plain errors', () => assert.equal(plainTextToTenant('demo01', 'pod demo01-a/p not running'), 'pod a/p not running'));

  it('are warnings', () => {
    const upstream = `299 - "metadata.name: \\"demo01-a\\" is odd", 299 - "Validation failed for ValidatingAdmissionPolicy 'kubezoo-a' with binding 'b': careful"`;
    assert.equal(warningToTenant('demo01', upstream), '299 - "metadata.name: \\"a\\" is odd", 299 - "careful"');
  });

  const locations: readonly (readonly [label: string, upstream: string, tenant: string])[] = [
    ['an API path', '/api/v1/namespaces/demo01-a/pods/p/proxy/', '/api/v1/namespaces/a/pods/p/proxy/'],
    ['a named group', '/apis/apps/v1/namespaces/demo01-a/deployments', '/apis/apps/v1/namespaces/a/deployments'],
    ['upstream’s own host', 'https://10.0.0.1:6443/api/v1/namespaces/demo01-a?x=y', '/api/v1/namespaces/a?x=y'],
    [
      'what follows a proxy',
      '/api/v1/namespaces/demo01-a/services/s/proxy/namespaces/demo01-b',
      '/api/v1/namespaces/a/services/s/proxy/namespaces/demo01-b',
    ],
    ["another server's", 'https://example.com/demo01-a', 'https://example.com/demo01-a'],
    ['a relative one', 'login', 'login'],
    ['a foreign namespace', '/api/v1/namespaces/demo02-a', '/api/v1/namespaces/demo02-a'],
  ];
  for (const [label, upstream, tenant] of locations)
    it(`are locations: ${label}`, () => assert.equal(locationToTenant('demo01', upstream), tenant));
});
