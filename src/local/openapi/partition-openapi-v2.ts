import { hashOf, lengthOf, type Text } from '../answer.ts';
import type { PolicyTable } from '../policy-table.ts';
import { COLLECTIONS, type Collection, collect, type Member, type OpenApiForm, type TakenApart } from './openapi-form.ts';
import { isOpenApiPathOffered } from './openapi-path-offered.ts';
import { tenantOfDefinition, tenantOfPath } from './owner-of-member.ts';
import { reachableMembers } from './reachable-members.ts';
import { createSpelling } from './spelling.ts';

/** What every tenant gets. */
interface PlatformPart {
  /** The same for the same of upstream's. */
  readonly madeOf: string;
  readonly join: TakenApart['join'];
  readonly blocks: Readonly<Record<Collection, Buffer>>;
  readonly names: Readonly<Record<Collection, ReadonlySet<string>>>;
  /** The document of a tenant without groups of its own. */
  readonly text: Text;
}

/** Members of one tenant's groups, as upstream has them. */
interface OwnPart {
  readonly paths: Member[];
  readonly definitions: Member[];
}

type PlatformMembers = Readonly<Record<Collection, readonly Member[]>>;

/** Upstream's `/openapi/v2` in one media type, parted by who gets what. */
export interface OpenApiV2Partition {
  readonly platform: PlatformPart;
  /** Those that only paths of CRDs refer to, by name. */
  readonly otherParameters: ReadonlyMap<string, Member>;
  readonly own: ReadonlyMap<string, OwnPart>;
}

/** @param previous whose platform's part is taken over where it is of the same */
export function partitionOpenApiV2(
  document: Buffer,
  contentType: string,
  form: OpenApiForm,
  table: PolicyTable,
  previous?: OpenApiV2Partition,
): OpenApiV2Partition {
  const apart = form.takeApart(document);
  const own = new Map<string, OwnPart>();
  const platform = collect<Member[]>(() => []);
  for (const collection of COLLECTIONS) {
    for (const member of apart.members[collection]) {
      const tenantId = ownerOf(collection, member.name, table);
      if (tenantId === undefined) platform[collection].push(member);
      else if (collection === 'paths' || collection === 'definitions') {
        const part = own.get(tenantId) ?? { paths: [], definitions: [] };
        own.set(tenantId, part);
        part[collection].push({ name: member.name, bytes: Buffer.from(member.bytes) });
      }
    }
  }
  const known = previous?.platform;
  const part =
    known?.madeOf === hashOfMembers(platform, known?.names) ? known : platformPart(apart.join, platform, contentType, form, table);
  const others = platform.parameters.filter(({ name }) => !part.names.parameters.has(name));
  const otherParameters = new Map(others.map(({ name, bytes }) => [name, { name, bytes: Buffer.from(bytes) }]));
  return { platform: part, otherParameters, own };
}

/** Of parameters and responses, those with these names: the others are of CRDs' paths, and come and go with them. */
function hashOfMembers(members: PlatformMembers, names: PlatformPart['names'] | undefined): string {
  const isOfPlatform = (collection: Collection, name: string): boolean =>
    collection === 'paths' || collection === 'definitions' || names?.[collection].has(name) === true;
  return hashOf(
    ...COLLECTIONS.flatMap((collection) =>
      members[collection].filter(({ name }) => isOfPlatform(collection, name)).map(({ bytes }) => bytes),
    ),
  );
}

function platformPart(
  join: TakenApart['join'],
  members: PlatformMembers,
  contentType: string,
  form: OpenApiForm,
  table: PolicyTable,
): PlatformPart {
  const offered = members.paths.filter(({ name }) => isOpenApiPathOffered(name, table));
  const kept = reachableMembers(members, offered, form);
  const blocks = collect((collection) => form.block(kept[collection]));
  const names = collect((collection) => new Set(kept[collection].map(({ name }) => name)));
  const parts = join(collect((collection) => [blocks[collection]]));
  const text = { parts, contentType, etag: `"${hashOf(...parts)}"` };
  return { madeOf: hashOfMembers(members, names), join, blocks, names, text };
}

/** The document of a tenant that has groups of its own. Only its own parts are made; the platform's are everybody's. */
export function openApiV2OfTenant(
  { platform, otherParameters }: OpenApiV2Partition,
  own: OwnPart,
  tenantId: string,
  form: OpenApiForm,
): Text {
  const spelling = createSpelling(tenantId, (definition) => platform.names.definitions.has(definition));
  const parameters = new Map(
    own.paths
      .flatMap((path) => form.references('paths', path))
      .flatMap(({ collection, name }) => {
        const parameter = collection === 'parameters' ? otherParameters.get(name) : undefined;
        return parameter ? [[name, parameter] as const] : [];
      }),
  );
  const ownBlocks: Record<Collection, Buffer> = {
    paths: form.block(own.paths.map((member) => form.rename('paths', member, spelling))),
    definitions: form.block(own.definitions.map((member) => form.rename('definitions', member, spelling))),
    parameters: form.block([...parameters.values()]),
    responses: form.block([]),
  };
  const parts = platform.join(collect((collection) => [platform.blocks[collection], ownBlocks[collection]]));
  const etag = `"${hashOf(platform.text.etag, ...COLLECTIONS.map((collection) => ownBlocks[collection]))}"`;
  return { parts, contentType: platform.text.contentType, etag };
}

/** The same for the same of a tenant's. */
export function keyOfOwnPart({ paths, definitions }: OwnPart): string {
  return hashOf(...[...paths, ...definitions].map(({ bytes }) => bytes));
}

/** Bytes that a partition holds on to. */
export function sizeOfPartition({ platform, own }: OpenApiV2Partition): number {
  let size = lengthOf(platform.text);
  for (const { paths, definitions } of own.values()) for (const { bytes } of [...paths, ...definitions]) size += bytes.length + 200;
  return size;
}

function ownerOf(collection: Collection, name: string, table: PolicyTable): string | undefined {
  if (collection === 'paths') return tenantOfPath(name, table);
  return collection === 'definitions' ? tenantOfDefinition(name, table) : undefined;
}
