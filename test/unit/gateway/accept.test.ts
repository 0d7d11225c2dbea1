import assert from 'node:assert/strict';
import { acceptForUpstream } from '../../../src/gateway/accept.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PARTIAL = `${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;

describe('acceptForUpstream', () => {
  const cases: [string[], string][] = [
    [[], 'application/json'],
    [['*/*'], 'application/json'],
    [[`${TABLE},application/json`], `${TABLE},application/json`],
    [[PROTOBUF], PROTOBUF],
    [[`${PROTOBUF},application/json`], `${PROTOBUF},application/json`],
    [[`application/json;q=0.9 , ${PROTOBUF}; q=0.1`], `application/json;q=0.9,${PROTOBUF};q=0.1`],
    [[`${PROTOBUF};stream=watch`, 'application/json;stream=watch'], `${PROTOBUF};stream=watch,application/json;stream=watch`],
    [[PARTIAL], PARTIAL],
    [['application/cbor', 'application/json;q=0.5'], 'application/json,application/json;q=0.5'],
    [['application/cbor', PROTOBUF], `application/json,${PROTOBUF}`],
    [['text/html, application/json'], 'application/json'],
    [['Application/JSON'], 'application/json'],
  ];
  for (const [accept, expected] of cases) it(accept.join(' + ') || 'none', () => assert.equal(acceptForUpstream(accept, true), expected));

  it('offers no protobuf of kinds that have none', () => {
    assert.equal(acceptForUpstream([`${PROTOBUF},application/json`], false), 'application/json');
    assert.throws(() => acceptForUpstream([PROTOBUF], false), {
      reason: 'NotAcceptable',
      message: 'only the following media types are accepted: application/json',
    });
  });

  it('refuses a client that takes nothing of it, in the words of upstream', () => {
    assert.throws(() => acceptForUpstream(['application/yaml'], true), {
      reason: 'NotAcceptable',
      message: `406: Not Acceptable\n\nAvailable representations: application/json, ${PROTOBUF}`,
    });
  });
});
