import type { Form } from '../form.ts';
import { JsonPage } from './json-page.ts';
import type { PageReader } from './page.ts';
import { ProtobufPage } from './protobuf-page.ts';

export function createPageReader({ isProtobuf }: Form): PageReader {
  return isProtobuf ? new ProtobufPage() : new JsonPage();
}
