import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from '../../../src/config/config.ts';
import { variableOf } from '../../../src/config/from-environment.ts';
import { ruleOf } from '../../../src/config/setting-rules.ts';

export const CONFIG_DOC = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));

/** What is used of a JSON schema. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

export interface Setting {
  /** Names from the top of the file down; `<name>` stands for a key that is free, `[]` for the elements of a list. */
  readonly path: readonly string[];
  readonly node: SchemaNode;
  readonly isRequired: boolean;
}

/** All settings, each before what is below it. */
export function settingsOf(node: SchemaNode = configJsonSchema(), path: readonly string[] = []): Setting[] {
  const below = (name: string, child: SchemaNode, isRequired: boolean): Setting[] => {
    const childPath = [...path, name];
    return [{ path: childPath, node: child, isRequired }, ...settingsOf(child, childPath)];
  };
  const { properties = {}, required = [], items, additionalProperties } = node;
  const named = Object.entries(properties).flatMap(([name, child]) => below(name, child, required.includes(name)));
  if (items?.properties) return [...named, ...settingsOf(items, [...path, '[]'])];
  if (typeof additionalProperties === 'object' && additionalProperties.properties) {
    return [...named, ...settingsOf(additionalProperties, [...path, '<name>'])];
  }
  return named;
}

/** The document as it is, and as it has to be: what stands between the marks is made anew. */
export function readConfigDoc(): { present: string; wanted: string } {
  const present = readFileSync(CONFIG_DOC, 'utf8');
  const table = ['| setting | meaning | default | variable | a change |', '|---|---|---|---|---|', ...settingsOf().map(rowOf)].join('\n');
  const wanted = present.replace(/(<!-- begin settings -->\n)[\s\S]*?(\n<!-- end settings -->)/, (_, begin, end) => begin + table + end);
  return { present, wanted };
}

function rowOf({ path, node, isRequired }: Setting): string {
  const cells = [code(nameOf(path)), meaningOf(node), defaultOf(node, isRequired), variableIn(path), changeOf(path)];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function nameOf(path: readonly string[]): string {
  return path.join('.').replaceAll('.[]', '[]');
}

function meaningOf({ description = '', enum: choices }: SchemaNode): string {
  return choices ? `${description} One of ${choices.map((choice) => code(String(choice))).join(', ')}.` : description;
}

function defaultOf(node: SchemaNode, isRequired: boolean): string {
  if (isRequired) return '**required**';
  return node.default === undefined || node.properties ? '' : code(JSON.stringify(node.default));
}

/** A list has one variable, with JSON; a free key is spelled as others are. */
function variableIn(path: readonly string[]): string {
  return path.includes('[]') ? '' : code(variableOf(path));
}

function changeOf(path: readonly string[]): string {
  const { reloaded, readBy } = ruleOf(path);
  return reloaded ? 'at once' : `restart of ${readBy === 'both' ? 'both' : `the ${readBy}`}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
