import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CursorSealer } from '../../../src/collections/cursor.ts';
import { KubeError } from '../../../src/errors.ts';
import { fromUpstreamToken, type ListPlace, toUpstreamToken } from '../../../src/upstream/continue-token.ts';

const SCOPE = { tenantId: 'demo01', collection: 'pods' };
const CURSOR: ListPlace = { revision: 4711, start: 'demo01-web/nginx' };
const sealer = new CursorSealer(Buffer.alloc(32, 1));

const cursors: fc.Arbitrary<ListPlace> = fc
  .tuple(fc.oneof(fc.constant(-1), fc.nat(), fc.maxSafeNat()), fc.string({ minLength: 1, unit: 'binary' }))
  .map(([revision, start]) => ({ revision, start }));

function refuses(text: string, scope = SCOPE, by = sealer): void {
  assert.throws(
    () => by.open(text, scope),
    (thrown) => thrown instanceof KubeError && thrown.code === 400 && thrown.message.startsWith('invalid continue token'),
    text,
  );
}

describe('CursorSealer', () => {
  it('opens what it has sealed, whatever stands in it', () => {
    fc.assert(fc.property(cursors, (cursor) => assert.deepEqual(sealer.open(sealer.seal(cursor, SCOPE), SCOPE), cursor)));
  });

  it('opens what another with the same secret has sealed', () => {
    assert.deepEqual(new CursorSealer(Buffer.alloc(32, 1)).open(sealer.seal(CURSOR, SCOPE), SCOPE), CURSOR);
  });

  it('never says the same twice, and nothing of what it holds', () => {
    const [one, two] = [sealer.seal(CURSOR, SCOPE), sealer.seal(CURSOR, SCOPE)];
    assert.notEqual(one, two);
    assert.match(one, /^[\w-]+$/);
    const bytes = Buffer.from(one, 'base64url').toString('latin1');
    for (const part of ['demo01', 'web', 'nginx', '4711', 'pods']) assert.ok(!bytes.includes(part) && !one.includes(part), part);
  });

  it('refuses those of another tenant, of another kind, and of another secret', () => {
    const text = sealer.seal(CURSOR, SCOPE);
    refuses(text, { ...SCOPE, tenantId: 'demo02' });
    refuses(text, { ...SCOPE, collection: 'secrets' });
    refuses(text, { tenantId: 'demo01"', collection: 'pods' });
    refuses(text, SCOPE, new CursorSealer(Buffer.alloc(32, 2)));
  });

  it('refuses them with any bit flipped', () => {
    const bytes = Buffer.from(sealer.seal(CURSOR, SCOPE), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      refuses(changed.toString('base64url'));
    }
  });

  it('refuses them cut off, made longer, or put together from two', () => {
    const bytes = Buffer.from(sealer.seal(CURSOR, SCOPE), 'base64url');
    const other = Buffer.from(sealer.seal({ ...CURSOR, start: 'demo01-web/nginy' }, SCOPE), 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      refuses(bytes.subarray(0, length).toString('base64url'));
      const mixed = Buffer.concat([bytes.subarray(0, length), other.subarray(length)]);
      // Some bytes may happen to be the same.
      if (!mixed.equals(bytes) && !mixed.equals(other)) refuses(mixed.toString('base64url'));
    }
    refuses(Buffer.concat([bytes, Buffer.of(0)]).toString('base64url'));
  });

  it('refuses another spelling of the same bytes', () => {
    const text = sealer.seal(CURSOR, SCOPE);
    const bytes = Buffer.from(text, 'base64url');
    for (const spelling of [`${text}=`, `${text}==`, ` ${text}`, `${text}\n`, `${text}!`, `${text.slice(0, 9)}.${text.slice(9)}`]) {
      assert.deepEqual(Buffer.from(spelling, 'base64url'), bytes, 'the decoder takes it');
      refuses(spelling);
    }
    const plain = bytes.toString('base64');
    if (plain !== text) refuses(plain);
  });

  it('refuses what is none, upstream’s own tokens among them', () => {
    for (const text of ['', '*', 'AQ', toUpstreamToken(CURSOR), 'AQ'.repeat(40)]) refuses(text);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => refuses(Buffer.from(bytes).toString('base64url'))));
  });

  it('needs a secret', () => {
    assert.throws(() => new CursorSealer(Buffer.alloc(31)), RangeError);
  });
});

describe('upstream’s tokens', () => {
  it('are of the form that the apiserver gives out', () => {
    assert.equal(
      Buffer.from(toUpstreamToken({ revision: 7, start: 'demo01-' }), 'base64url').toString(),
      '{"v":"meta.k8s.io/v1","rv":7,"start":"demo01-"}',
    );
    assert.match(toUpstreamToken(CURSOR), /^[\w-]+$/, 'without padding, as Go’s RawURLEncoding');
  });

  it('are read back, with or without a slash in front', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        fc.pre(!cursor.start.startsWith('/'));
        assert.deepEqual(fromUpstreamToken(toUpstreamToken(cursor)), cursor);
        assert.deepEqual(fromUpstreamToken(toUpstreamToken({ ...cursor, start: `/${cursor.start}` })), cursor);
      }),
    );
    const real = Buffer.from('{"v":"meta.k8s.io/v1","rv":12,"start":"demo01-a/b\\u0000"}').toString('base64url');
    assert.deepEqual(fromUpstreamToken(real), { revision: 12, start: 'demo01-a/b\0' });
  });

  it('of another form are an error', () => {
    for (const token of [
      { v: 'meta.k8s.io/v2', rv: 1, start: 'a' },
      { v: 'meta.k8s.io/v1', start: 'a' },
      { v: 'meta.k8s.io/v1', rv: 1, start: '' },
      [],
    ])
      assert.throws(() => fromUpstreamToken(Buffer.from(JSON.stringify(token)).toString('base64url')));
    assert.throws(() => fromUpstreamToken('no token'));
  });
});
