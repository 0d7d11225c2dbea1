import assert from 'node:assert/strict';
import { mayBeCalled } from '../../../src/admission/resolve-service.ts';

describe('the addresses that the admission bridge calls', () => {
  for (const address of ['10.1.2.3', '192.168.0.1', '172.20.1.1', '100.64.0.1', '8.8.8.8', 'fd12:3456::1', '2001:db8::1']) {
    it(`${address} may be one`, () => assert.equal(mayBeCalled(address), true));
  }
  for (const address of [
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:7f00:1',
    '64:ff9b::a9fe:a9fe',
    'fe80::1',
    'FE80::1',
    'ff02::1',
    'fd00:ec2::254',
    'localhost',
    'example.com',
    '127.1',
    '',
  ]) {
    it(`${address || 'nothing'} may not`, () => assert.equal(mayBeCalled(address), false));
  }
});
