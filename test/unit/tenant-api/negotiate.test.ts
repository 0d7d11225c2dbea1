import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { AS_PARTIAL_OBJECT, AS_TABLE, negotiate } from '../../../src/kube/negotiate.ts';

const OFFER = { mediaTypes: ['application/json', 'application/yaml'], as: [AS_TABLE, AS_PARTIAL_OBJECT] };
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('negotiate', () => {
  const cases: [accept: string | undefined, mediaType: string, as: string | undefined][] = [
    [undefined, 'application/json', undefined],
    ['', 'application/json', undefined],
    ['*/*', 'application/json', undefined],
    ['application/*', 'application/json', undefined],
    ['application/yaml', 'application/yaml', undefined],
    ['Application/YAML', 'application/yaml', undefined],
    ['text/html, application/yaml', 'application/yaml', undefined],
    ['*/*;q=0.5, application/yaml', 'application/yaml', undefined],
    ['application/json;q=0.1,application/yaml;q=0.2', 'application/yaml', undefined],
    ['application/json;stream=watch', 'application/json', undefined],
    [TABLE, 'application/json', 'Table'],
    [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'application/json', 'Table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'application/json', undefined],
    ['application/json;as=Table;v=v1;g=other,application/json', 'application/json', undefined],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      'application/json',
      'PartialObjectMetadata',
    ],
    ['application/cbor, application/json', 'application/json', undefined],
  ];
  for (const [accept, mediaType, as] of cases) {
    it(`${accept ?? 'no header'} → ${mediaType}${as ? ` as ${as}` : ''}`, () => {
      const chosen = negotiate(accept, OFFER);
      assert.deepEqual([chosen.mediaType, chosen.as?.kind], [mediaType, as]);
    });
  }

  it('reads a header that came in several lines', () => {
    assert.equal(negotiate(['text/html', 'application/yaml'], OFFER).mediaType, 'application/yaml');
  });

  for (const accept of [
    'text/html',
    'application/vnd.kubernetes.protobuf',
    'application/json;q=0',
    'application/json;as=Foo;v=v1;g=x',
    'nonsense',
  ]) {
    it(`refuses ${accept}, and says what there is`, () => {
      const isRefusal = (error: unknown) =>
        error instanceof KubeError &&
        error.code === 406 &&
        error.message === 'only the following media types are accepted: application/json, application/yaml';
      assert.throws(() => negotiate(accept, OFFER), isRefusal);
    });
  }
});
