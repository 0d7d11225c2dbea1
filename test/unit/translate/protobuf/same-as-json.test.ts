import assert from 'node:assert/strict';
import fc from 'fast-check';
import { responsePlan, responseTree } from '../../../../src/translate/compile.ts';
import { rewriteJson } from '../../../../src/translate/engine/json-rewriter.ts';
import { hasProtobuf } from '../../../../src/translate/protobuf/has-protobuf.ts';
import { rewriteProtobuf } from '../../../../src/translate/protobuf/protobuf-rewriter.ts';
import { messageTypeOf } from '../../../../src/translate/protobuf/wire-schema.ts';
import { translateRequestBody } from '../../../../src/translate/request-body.ts';
import { allRows } from '../../../../src/translate/table/index.ts';
import type { ResourceRow } from '../../../../src/translate/table/row.ts';
import { protobufToJson, toProtobuf } from '../../../helpers/protobuf-text.ts';
import { arbitraryObject, HOSTILE_NAMES } from '../arbitrary-object.ts';
import { contextOf, type Json, PREFIX } from '../both-ways.ts';
import { arbitraryMessage, type Texts } from './arbitrary-message.ts';
import { withoutZeroes } from './without-zeroes.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const kinds = fc.constantFrom('Pod', 'Namespace', 'Node', 'PersistentVolume', 'ClusterRole', 'Role', 'User', 'ServiceAccount', 'Widget');
const names = fc.constantFrom(
  'x',
  `${PREFIX}x`,
  `${PREFIX}${PREFIX}x`,
  PREFIX,
  'kubezoo:demo01:jane',
  `kubezoo:demo01:system:serviceaccount:a:b`,
  'é"<\\',
);
const texts: Texts = {
  text: (jsonName) =>
    jsonName === 'kind'
      ? kinds
      : fc.oneof(
          names,
          names.map((name) => `pods "${name}" in ${name}/y`),
        ),
  key: fc.constantFrom(
    'app',
    'kubezoo.io/tenant',
    'kubernetes.io/metadata.name',
    'rbac.authorization.k8s.io/demo01-aggregate-to-x',
    LAST_APPLIED,
    '__proto__',
  ),
};
const rows = allRows().filter((row) => row.policy === 'served' && hasProtobuf(row));
const versions = rows.flatMap((row) => row.versions.map((version) => [row, row.group ? `${row.group}/${version}` : version] as const));

/** What came of it, or the words in which it was refused. */
function outcome(translate: () => string): unknown {
  try {
    return withoutZeroes(JSON.parse(translate()));
  } catch (error) {
    return (error as Error).message;
  }
}

/** As upstream prints it: `kind` before everything else. */
function kindFirst(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kindFirst);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === null) return value;
  const members = Object.entries(value).map(([key, inner]) => [key, kindFirst(inner)] as const);
  return Object.fromEntries([...members.filter(([key]) => key === 'kind'), ...members.filter(([key]) => key !== 'kind')]);
}

function send(row: ResourceRow, contentType: string, body: Buffer): Buffer {
  return translateRequestBody({ row, verb: 'create', contentType, body, context: contextOf() }).body;
}

function objectOf(row: ResourceRow, apiVersion: string, upstream: boolean): fc.Arbitrary<Json> {
  const prefix = upstream ? PREFIX : '';
  const owned = { namespace: `${prefix}a`, name: row.nameFormat === 'definition' ? `widgets.${prefix}acme.io` : `${prefix}n` };
  return arbitraryMessage(messageTypeOf(apiVersion, row.kind)!, texts).map(
    (object) => kindFirst({ ...object, metadata: { ...(object.metadata as object), ...owned }, kind: row.kind, apiVersion }) as Json,
  );
}

function checkSame(json: string, body: Buffer, byJson: (json: string) => string, byProtobuf: (body: Buffer) => Buffer): void {
  assert.deepEqual(
    outcome(() => protobufToJson(byProtobuf(body))),
    outcome(() => byJson(json)),
  );
}

describe('protobuf says what JSON says', function () {
  this.timeout(120_000);
  for (const [row, apiVersion] of versions) {
    const runs = { numRuns: 15 };
    it(`${row.kind} (${apiVersion}): answers`, () => {
      const context = contextOf();
      fc.assert(
        fc.property(objectOf(row, apiVersion, true), (object) => {
          checkSame(
            JSON.stringify(object),
            toProtobuf(object),
            (json) => rewriteJson(responsePlan(row), context, json).toString(),
            (body) => rewriteProtobuf(responseTree(row), context, body),
          );
        }),
        runs,
      );
    });
    it(`${row.kind} (${apiVersion}): requests`, () => {
      fc.assert(
        fc.property(objectOf(row, apiVersion, false), (object) => {
          checkSame(
            JSON.stringify(object),
            toProtobuf(object),
            (json) => send(row, 'application/json', Buffer.from(json)).toString(),
            (body) => send(row, PROTOBUF, body),
          );
        }),
        runs,
      );
    });
    it(`${row.kind} (${apiVersion}): what the tenant wrote comes back`, () => {
      const context = contextOf();
      fc.assert(
        fc.property(arbitraryObject(row, HOSTILE_NAMES), (written) => {
          const body = toProtobuf({ ...written, apiVersion });
          const upstream = send(row, PROTOBUF, body);
          const shown = rewriteProtobuf(responseTree(row), context, upstream);
          assert.deepEqual(
            outcome(() => protobufToJson(shown)),
            outcome(() => protobufToJson(body)),
          );
        }),
        runs,
      );
    });
  }
});
