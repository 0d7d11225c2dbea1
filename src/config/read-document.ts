import { type Document, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

export interface ConfigDocument {
  readonly value: unknown;
  /** 1-based line of the value at that path, or of the nearest that is there; undefined for an empty document. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Reads YAML, of which JSON is a part. @param file for messages @throws ConfigError */
export function readDocument(file: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map(({ message, linePos }) => `${file}:${linePos?.[0].line ?? 1}: ${firstLine(message)}`));
  }
  return {
    value: plainValueOf(document, file),
    lineOf(path) {
      for (let length = path.length; length >= 0; length -= 1) {
        const node = document.getIn(path.slice(0, length) as (string | number)[], true);
        const range = (node as { range?: readonly number[] } | undefined)?.range;
        if (range) return lines.linePos(range[0]!).line;
      }
      return undefined;
    },
  };
}

/** Aliases are followed here, and not without end. */
function plainValueOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError([`${file}:1: ${firstLine((error as Error).message)}`], { cause: error });
  }
}

function firstLine(message: string): string {
  if (message.startsWith('Source contains multiple documents')) return 'there is more than one document in it';
  return message.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?$/, '');
}
