import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { type HeaderLine, readImpersonation } from '../../../src/identity/read-impersonation.ts';

describe('readImpersonation', () => {
  it('asks for nothing where no header does', () => {
    assert.equal(readImpersonation([['accept', 'x']]), undefined);
  });

  it('reads a user, groups, a uid and extra fields', () => {
    const headers: HeaderLine[] = [
      ['impersonate-user', 'jane'],
      ['impersonate-group', 'dev'],
      ['impersonate-group', 'ops, too'],
      ['impersonate-uid', '7'],
      ['impersonate-extra-acme.io%2fproject', 'a'],
      ['impersonate-extra-acme.io%2fproject', 'b'],
      ['impersonate-extra-scopes', 'c'],
    ];
    assert.deepEqual(readImpersonation(headers), {
      user: 'jane',
      groups: ['dev', 'ops, too'],
      uid: '7',
      extra: { 'acme.io/project': ['a', 'b'], scopes: ['c'] },
    });
  });

  const refused: Readonly<Record<string, HeaderLine[]>> = {
    'a group alone': [['impersonate-group', 'system:masters']],
    'a uid alone': [['impersonate-uid', '7']],
    'an extra field alone': [['impersonate-extra-scopes', 'a']],
    'two users': [
      ['impersonate-user', 'jane'],
      ['impersonate-user', 'admin'],
    ],
    'two uids': [
      ['impersonate-user', 'jane'],
      ['impersonate-uid', '1'],
      ['impersonate-uid', '2'],
    ],
    'an empty user': [['impersonate-user', '']],
    'an empty group': [
      ['impersonate-user', 'jane'],
      ['impersonate-group', ''],
    ],
    'a name that a header would change': [['impersonate-user', ' jane']],
    'a name beyond ASCII': [['impersonate-user', 'jürgen']],
    'another header of that kind': [
      ['impersonate-user', 'jane'],
      ['impersonate-role', 'x'],
    ],
    'an extra key that cannot be read': [
      ['impersonate-user', 'jane'],
      ['impersonate-extra-%zz', 'x'],
    ],
    'an extra key with a line feed': [
      ['impersonate-user', 'jane'],
      ['impersonate-extra-a%0ab', 'x'],
    ],
    'an extra field without a key': [
      ['impersonate-user', 'jane'],
      ['impersonate-extra-', 'x'],
    ],
    'more than can be asked about': [
      ['impersonate-user', 'jane'],
      ...Array.from({ length: 64 }, (_, index): HeaderLine => ['impersonate-group', `g${index}`]),
    ],
  };
  for (const [what, headers] of Object.entries(refused)) {
    it(`refuses ${what}`, () =>
      assert.throws(
        () => readImpersonation(headers),
        (error) => error instanceof KubeError && error.reason === 'BadRequest',
      ));
  }
});
