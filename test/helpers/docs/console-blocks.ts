/**
 * What a guide tells its reader to type. A fenced block `console` holds commands behind `$ `, each with what it prints below it. What stands behind the word `console`:
 *
 * - nothing: each command runs, ends, and prints what is shown;
 * - `goes-on`: the last command does not end; it has said what is shown before the next block begins, and is ended (Ctrl-C) with the guide;
 * - `not-run: REASON`: nothing runs it here.
 *
 * A comment `<!-- before: COMMAND -->` is run before all others, `<!-- after: COMMAND -->` when all is over.
 */
import type { Code, Html, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';

export interface ConsoleCommand {
  /** All its lines, a here-document's too. */
  readonly command: string;
  /** What is shown below it. */
  readonly output: readonly string[];
  /** In the guide, from 1. */
  readonly line: number;
}

export interface ConsoleBlock {
  readonly line: number;
  readonly commands: readonly ConsoleCommand[];
  readonly goesOn: boolean;
  /** Why nothing runs it; undefined: it is run. */
  readonly notRun: string | undefined;
}

export interface Guide {
  readonly blocks: readonly ConsoleBlock[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What is wrong with its blocks. */
  readonly faults: readonly string[];
}

/** Languages of blocks that hold nothing to be typed. */
const QUIET_LANGUAGES = ['yaml', 'json', 'text', 'mermaid', 'promql'];
const TYPED = /^\s*(\$ |npm |npx |kubectl |kubezoo |docker |helm |curl |git |make )/m;

export function readConsoleBlocks(markdown: string): Guide {
  const blocks: ConsoleBlock[] = [];
  const before: string[] = [];
  const after: string[] = [];
  const faults: string[] = [];
  visit(fromMarkdown(markdown) as Nodes, (node) => {
    if (node.type === 'html') readComment(node, before, after);
    if (node.type !== 'code') return;
    const line = node.position?.start.line ?? 0;
    if (node.lang === 'console') {
      const block = readBlock(node, line);
      if (typeof block === 'string') faults.push(`line ${line}: ${block}`);
      else blocks.push(block);
    } else if (!QUIET_LANGUAGES.includes(node.lang ?? '') && (node.lang || TYPED.test(node.value))) {
      faults.push(`line ${line}: what is to be typed stands in a block of the language console, so that a test can run it`);
    }
  });
  return { blocks, before, after, faults };
}

function readComment({ value }: Html, before: string[], after: string[]): void {
  const found = /^<!--\s*(before|after):\s*(.*?)\s*-->$/s.exec(value);
  if (found) (found[1] === 'before' ? before : after).push(found[2]!);
}

/** Resolves to what is wrong with it, as text. */
function readBlock({ value, meta }: Code, line: number): ConsoleBlock | string {
  const notRun = /^not-run:\s*(.*)$/.exec(meta ?? '');
  if (notRun && notRun[1] === '') return 'a block that is not run says why: console not-run: REASON';
  if (meta && !notRun && meta !== 'goes-on') return `console ${meta}: nobody knows what that means`;
  const commands = readCommands(value.split('\n'), line + 1);
  if (typeof commands === 'string') return commands;
  return { line, commands, goesOn: meta === 'goes-on', notRun: notRun?.[1] };
}

function readCommands(lines: readonly string[], firstLine: number): ConsoleCommand[] | string {
  const commands: ConsoleCommand[] = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at]!.startsWith('$ ')) return 'a console block begins with a command behind "$ "';
    const line = firstLine + at;
    const typed = [lines[at++]!.slice(2)];
    while (typed.at(-1)!.endsWith('\\') && at < lines.length) typed.push(lines[at++]!);
    const end = /<<-?\s*(['"]?)(\w+)\1/.exec(typed.join('\n'))?.[2];
    if (end !== undefined) {
      while (at < lines.length && typed.at(-1) !== end) typed.push(lines[at++]!);
      if (typed.at(-1) !== end) return `the here-document ${end} does not end`;
    }
    const output: string[] = [];
    while (at < lines.length && !lines[at]!.startsWith('$ ')) output.push(lines[at++]!);
    commands.push({ command: typed.join('\n'), output, line });
  }
  return commands.length > 0 ? commands : 'a console block without a command';
}
