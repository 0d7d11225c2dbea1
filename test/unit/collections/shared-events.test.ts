import assert from 'node:assert/strict';
import { metaOfJson } from '../../../src/collections/read/object-meta.ts';
import { createSharing, type SharedRegistry, type Sharing } from '../../../src/collections/watch/shared-events.ts';
import { isSharedByPlatform } from '../../../src/gateway/shared-classes.ts';
import { findKind } from '../../../src/translate/table/index.ts';

const GROUP = 'storage.k8s.io';
const SHARED = { 'kubezoo.io/shared': 'true' };

describe('createSharing', () => {
  let names: Set<string>;
  let registry: SharedRegistry;
  const sharingOf = (kind = 'StorageClass', group = GROUP): Sharing => createSharing({ row: findKind(group, kind)!, group }, registry);
  const tell = (sharing: Sharing, type: string, name: string, labels: Record<string, string> = {}, globalDefault?: unknown) =>
    sharing(type, metaOfJson({ metadata: { name, labels } }), globalDefault);

  beforeEach(() => {
    names = new Set(['standard']);
    registry = {
      sharedObjects: () => names,
      // As the sidecar has it.
      isShared: (_group, kind, meta, globalDefault) =>
        kind === 'PriorityClass' && globalDefault === undefined && !isSharedByPlatform(meta)
          ? undefined
          : isSharedByPlatform(meta, { globalDefault }),
      note: (_group, _kind, name, isShared) => void (isShared ? names.add(name) : names.delete(name)),
    };
  });

  it('tells of classes that are shared as they are', () => {
    const sharing = sharingOf();
    assert.equal(tell(sharing, 'MODIFIED', 'standard', SHARED), 'MODIFIED');
    assert.equal(tell(sharing, 'ADDED', 'fast', SHARED), 'ADDED');
    assert.equal(tell(sharing, 'MODIFIED', 'fast', SHARED), 'MODIFIED');
    assert.equal(tell(sharing, 'DELETED', 'fast', SHARED), 'DELETED');
    assert.equal(tell(sharing, 'ADDED', 'fast', SHARED), 'ADDED');
  });

  it('tells of one that begins to be shared as a new one, and of one that ends to be as gone, once', () => {
    const sharing = sharingOf();
    assert.equal(tell(sharing, 'ADDED', 'fast'), undefined);
    assert.equal(tell(sharing, 'MODIFIED', 'fast'), undefined);
    assert.equal(tell(sharing, 'MODIFIED', 'fast', SHARED), 'ADDED');
    assert.ok(names.has('fast'), 'names are translated by it at once');
    assert.equal(tell(sharing, 'MODIFIED', 'fast'), 'DELETED');
    assert.ok(!names.has('fast'));
    assert.equal(tell(sharing, 'MODIFIED', 'fast'), undefined);
    assert.equal(tell(sharing, 'DELETED', 'fast'), undefined);
    assert.equal(tell(sharing, 'MODIFIED', 'standard'), 'DELETED');
  });

  it('remembers for each watch what that one has told', () => {
    const [one, two] = [sharingOf(), sharingOf()];
    assert.equal(tell(one, 'MODIFIED', 'fast', SHARED), 'ADDED');
    assert.equal(tell(two, 'MODIFIED', 'fast', SHARED), 'ADDED');
    assert.equal(tell(two, 'MODIFIED', 'fast'), 'DELETED');
    assert.equal(tell(one, 'MODIFIED', 'fast'), 'DELETED');
  });

  it('says nothing of tenants’ own, whatever they say of themselves', () => {
    const sharing = sharingOf();
    for (const labels of [{}, { ...SHARED, 'kubezoo.io/tenant': 'demo01' }]) {
      for (const type of ['ADDED', 'MODIFIED', 'DELETED']) assert.equal(tell(sharing, type, 'demo01-fast', labels), undefined);
    }
    assert.deepEqual([...names], ['standard']);
  });

  it('takes a name that begins as a tenant’s does for the platform’s where the platform shares it', () => {
    const sharing = sharingOf();
    assert.equal(tell(sharing, 'ADDED', 'superb-fast', SHARED), 'ADDED');
    assert.equal(tell(sharing, 'MODIFIED', 'superb-fast'), 'DELETED');
  });

  it('of a PriorityClass whose body is not in sight takes it to be what it was', () => {
    const sharing = sharingOf('PriorityClass', 'scheduling.k8s.io');
    assert.equal(tell(sharing, 'MODIFIED', 'standard'), 'MODIFIED');
    assert.equal(tell(sharing, 'ADDED', 'high'), undefined);
    assert.equal(tell(sharing, 'MODIFIED', 'high', {}, true), 'ADDED');
    assert.equal(tell(sharing, 'MODIFIED', 'high'), 'MODIFIED');
    assert.equal(tell(sharing, 'MODIFIED', 'high', {}, false), 'DELETED');
  });
});
