import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKeyFolder, replaceKeys } from '../../../src/launch/pki/key-folder.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

describe('replaceKeys', () => {
  const folder = useTemporaryFolder();
  const at = (name: string) => join(folder(), name);
  const versions = () => readdirSync(folder()).filter((name) => name.startsWith('..') && name !== '..data');

  it('replaces files as a set, in one version, for their owner alone', () => {
    replaceKeys(folder(), { 'a.crt': 'one', 'a.key': 'ONE' });
    const first = readlinkSync(at('..data'));
    replaceKeys(folder(), { 'a.crt': 'two', 'a.key': 'TWO' });
    assert.notEqual(readlinkSync(at('..data')), first);
    assert.equal(readFileSync(at('a.crt'), 'utf8'), 'two');
    assert.equal(readFileSync(at('a.key'), 'utf8'), 'TWO');
    assert.equal(readlinkSync(at('a.key')), join('..data', 'a.key'));
    assert.equal(statSync(at('a.key')).mode & 0o777, 0o600);
    assert.deepEqual(versions(), [readlinkSync(at('..data'))], 'no former version is left');
  });
  it('keeps what is not named, and takes away what is undefined', () => {
    replaceKeys(folder(), { a: '1', b: '2', c: '3' });
    replaceKeys(folder(), { a: 'one', b: undefined });
    assert.deepEqual(Object.fromEntries(readKeyFolder(folder())), { a: 'one', c: '3' });
    assert.ok(!readdirSync(folder()).includes('b'));
  });
  it('takes up plain files of an earlier version, also where one was written over a link', () => {
    writeFileSync(at('ca.crt'), 'plain');
    mkdirSync(at('folder'));
    replaceKeys(folder(), { new: 'n' });
    assert.equal(readlinkSync(at('ca.crt')), join('..data', 'ca.crt'));
    assert.deepEqual(Object.fromEntries(readKeyFolder(folder())), { 'ca.crt': 'plain', new: 'n' });
  });
  it('of a folder that is not there nothing is read', () => {
    assert.equal(readKeyFolder(at('none')).size, 0);
  });
});
