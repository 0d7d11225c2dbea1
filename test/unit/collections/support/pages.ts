import assert from 'node:assert/strict';
import { readProtobuf } from '../../../helpers/protobuf-text.ts';
import type { Answer } from '../../local/ask.ts';
import type { Gateway } from './gateway.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** `namespace/name`, or `name`, of each object of a list in JSON, a Table's rows among them. */
export function placesIn({ items, rows }: { items?: Named[]; rows?: { object: Named }[] }): string[] {
  return (items ?? rows!.map(({ object }) => object)).map(placeOf);
}

export function placeOf({ metadata: { namespace, name } }: Named): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export interface Page {
  readonly places: string[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

export async function getPage(gateway: Gateway, path: string, accept = 'application/json'): Promise<Page> {
  const answer = await gateway.get(path, { accept });
  assert.equal(answer.status, 200, answer.text);
  return pageOf(answer.json);
}

// biome-ignore lint/suspicious/noExplicitAny: a list in JSON, as a test has parsed it
export function pageOf(list: any): Page {
  return { places: placesIn(list), resourceVersion: list.metadata.resourceVersion, continueToken: list.metadata.continue };
}

/** All pages, one after the other. @param between is called before each but the first */
export async function getPages(gateway: Gateway, path: string, between: () => void = () => {}): Promise<Page[]> {
  const pages: Page[] = [await getPage(gateway, path)];
  for (let token = pages[0]!.continueToken; token !== undefined; token = pages.at(-1)!.continueToken) {
    assert.ok(pages.length < 100, 'there is no end to it');
    between();
    pages.push(await getPage(gateway, `${path}&continue=${token}`));
  }
  return pages;
}

export function listInProtobuf(body: Buffer): Page {
  return pageOf({ items: [], ...readProtobuf(body) });
}

export function assertNothingForeign({ text }: Pick<Answer, 'text'>): void {
  assert.doesNotMatch(text, /demo0\d-/);
}
