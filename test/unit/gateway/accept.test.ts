import assert from 'node:assert/strict';
import { acceptForUpstream } from '../../../src/gateway/accept.ts';

describe('acceptForUpstream', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const cases: [string[], string][] = [
    [[], 'application/json'],
    [['*/*'], 'application/json'],
    [[`${table},application/json`], `${table},application/json`],
    [['application/vnd.kubernetes.protobuf'], 'application/json'],
    [['application/vnd.kubernetes.protobuf,application/json'], 'application/json'],
    [
      ['application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    ],
    [['application/cbor', 'application/json;q=0.5'], 'application/json,application/json;q=0.5'],
    [['text/html, application/json'], 'application/json'],
  ];
  for (const [accept, expected] of cases) it(accept.join(' + ') || 'none', () => assert.equal(acceptForUpstream(accept), expected));

  it('refuses a client that takes nothing of it', () => {
    assert.throws(() => acceptForUpstream(['application/yaml']), { reason: 'NotAcceptable' });
  });
});
