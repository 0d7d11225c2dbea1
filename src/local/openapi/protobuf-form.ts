/** OpenAPI in protobuf, as kube-openapi writes it. What is kept is kept byte for byte. */
import { GNOSTIC_MESSAGES, type Messages } from './gnostic-messages.ts';
import {
  type Blocks,
  type Collection,
  collect,
  type Member,
  type OpenApiForm,
  type OpenApiVersion,
  parseReference,
  type Reference,
  renameReference,
  type TakenApart,
} from './openapi-form.ts';
import { fieldHead, fieldsOf, lengthDelimited } from './protobuf-fields.ts';
import { rewriteMessage } from './rewrite-message.ts';

/** By field number: a message that holds more of them, or a list of named entries and their field in it. */
type Layout = Readonly<Record<number, { readonly inside: Layout } | { readonly collection: Collection; readonly entries: number }>>;

/** Document, and in version 3 its Components. */
const LAYOUTS: Readonly<Record<OpenApiVersion, Layout>> = {
  v2: {
    8: { collection: 'paths', entries: 2 },
    9: { collection: 'definitions', entries: 1 },
    10: { collection: 'parameters', entries: 1 },
    11: { collection: 'responses', entries: 1 },
  },
  v3: { 4: { collection: 'paths', entries: 1 }, 5: { inside: { 1: { collection: 'definitions', entries: 1 } } } },
};

const ENTRY_TYPES: Readonly<Record<Collection, string>> = {
  paths: 'Path',
  definitions: 'Definition',
  parameters: 'NamedParameter',
  responses: 'NamedResponse',
};

/** A message with gaps for its collections, whose lengths are known when they are filled. */
type Frame = readonly (Buffer | { readonly field: number; readonly content: Collection | Frame })[];

export function protobufForm(version: OpenApiVersion): OpenApiForm {
  const messages: Messages = GNOSTIC_MESSAGES[version];
  return {
    takeApart(document): TakenApart {
      const members = collect<Member[]>(() => []);
      const frame = takeMessageApart(document, LAYOUTS[version], members);
      return { members, join: (blocks) => fill(frame, blocks) };
    },
    block: (members) => Buffer.concat(members.map(({ bytes }) => bytes)),
    references(collection, { bytes }) {
      const found: Reference[] = [];
      for (const { payload } of fieldsOf(bytes)) {
        rewriteMessage(payload, ENTRY_TYPES[collection], messages, (role, text) => {
          const reference = role === 'reference' ? parseReference(version, text) : undefined;
          if (reference) found.push(reference);
          return text;
        });
      }
      return found;
    },
    rename(collection, { name, bytes }, spelling) {
      const ofPath = spelling.ofPath(name);
      const fields = fieldsOf(bytes).map(({ number, payload }) => {
        const renamed = rewriteMessage(payload, ENTRY_TYPES[collection], messages, (role, text) => {
          if (role === 'group') return spelling.group(text);
          if (role === 'reference') return renameReference(version, text, spelling);
          if (role === 'definition') return spelling.definition(text);
          return role === 'path' ? ofPath.path : ofPath[role](text);
        });
        return lengthDelimited(number, renamed);
      });
      return { name: collection === 'paths' ? ofPath.path : spelling.definition(name), bytes: Buffer.concat(fields) };
    },
  };
}

function takeMessageApart(message: Buffer, layout: Layout, members: Record<Collection, Member[]>): Frame {
  return fieldsOf(message).map(({ number, payload, whole }) => {
    const part = layout[number];
    // Copied, because the frame outlives the document.
    if (!part) return Buffer.from(whole);
    if ('inside' in part) return { field: number, content: takeMessageApart(payload, part.inside, members) };
    for (const entry of fieldsOf(payload)) {
      // Extensions beside the entries may say anything of anybody.
      if (entry.number !== part.entries) continue;
      const name = fieldsOf(entry.payload).find((field) => field.number === 1);
      if (name) members[part.collection].push({ name: name.payload.toString('utf8'), bytes: entry.whole });
    }
    return { field: number, content: part.collection };
  });
}

function fill(frame: Frame, blocks: Blocks): Buffer[] {
  return frame.flatMap((part) => {
    if (Buffer.isBuffer(part)) return [part];
    const inside = typeof part.content === 'string' ? blocks[part.content] : fill(part.content, blocks);
    const length = inside.reduce((total, block) => total + block.length, 0);
    return [fieldHead(part.field, length), ...inside];
  });
}
