/** OpenAPI in JSON. Documents are tens of megabytes on a cluster with many CRDs, so only a tenant's own members are ever parsed. */
import { isJsonObject, parseLossless, printLossless } from '../../translate/lossless-json.ts';
import { membersOf } from './json-members.ts';
import {
  type Blocks,
  type Collection,
  collect,
  type Member,
  type OpenApiForm,
  type OpenApiVersion,
  parseReference,
  type Reference,
  type TakenApart,
} from './openapi-form.ts';
import { renamePathItem, renameSchema } from './rename-json.ts';

interface Layout {
  readonly [key: string]: Collection | Layout;
}

const LAYOUTS: Readonly<Record<OpenApiVersion, Layout>> = {
  v2: { paths: 'paths', definitions: 'definitions', parameters: 'parameters', responses: 'responses' },
  v3: { paths: 'paths', components: { schemas: 'definitions' } },
};

/** A document with gaps for its collections. */
type Frame = (Buffer | Collection)[];

const REFERENCE = /"\$ref"\s*:\s*"([^"]+)"/g;
const COMMA = Buffer.from(',');

export function jsonForm(version: OpenApiVersion): OpenApiForm {
  return {
    takeApart: (document) => takeApart(document, LAYOUTS[version]),
    block: (members) => Buffer.concat(joined(members.map(({ bytes }) => bytes))),
    references(_collection, { bytes }) {
      const found: Reference[] = [];
      for (const [, text] of bytes.toString('utf8').matchAll(REFERENCE)) {
        const reference = parseReference(version, text!);
        if (reference) found.push(reference);
      }
      return found;
    },
    rename(collection, { name, bytes }, spelling) {
      const entry = parseLossless(`{${bytes.toString('utf8')}}`);
      const value = isJsonObject(entry) ? entry[name] : undefined;
      if (!isJsonObject(value)) throw new Error('an OpenAPI document with a member that is no object');
      if (collection === 'paths') renamePathItem(version, value, spelling, spelling.ofPath(name));
      else renameSchema(version, value, spelling);
      const renamed = collection === 'paths' ? spelling.ofPath(name).path : spelling.definition(name);
      return { name: renamed, bytes: Buffer.from(`${JSON.stringify(renamed)}:${printLossless(value)}`) };
    },
  };
}

function takeApart(document: Buffer, layout: Layout): TakenApart {
  const members = collect<Member[]>(() => []);
  const frame: Frame = [];
  takeObjectApart(document, 0, layout, frame, members);
  return { members, join: (blocks) => fill(frame, blocks) };
}

function takeObjectApart(json: Buffer, at: number, layout: Layout, frame: Frame, members: Record<Collection, Member[]>): void {
  const found = membersOf(json, at);
  found.forEach(({ key, start, valueStart, end }, index) => {
    const inside = Object.hasOwn(layout, key) ? layout[key] : undefined;
    const comma = index === 0 ? '{' : ',';
    // Copied, because the frame outlives the document.
    if (inside === undefined) frame.push(Buffer.from(comma), Buffer.from(json.subarray(start, end)));
    else {
      frame.push(Buffer.from(`${comma}${JSON.stringify(key)}:`));
      if (typeof inside === 'object') takeObjectApart(json, valueStart, inside, frame, members);
      else {
        frame.push(Buffer.from('{'), inside, Buffer.from('}'));
        for (const member of membersOf(json, valueStart)) {
          members[inside].push({ name: member.key, bytes: json.subarray(member.start, member.end) });
        }
      }
    }
  });
  frame.push(Buffer.from(found.length === 0 ? '{}' : '}'));
}

function fill(frame: Frame, blocks: Blocks): Buffer[] {
  return frame.flatMap((part) => (Buffer.isBuffer(part) ? [part] : joined(blocks[part].filter(({ length }) => length > 0))));
}

function joined(parts: readonly Buffer[]): Buffer[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part]));
}
