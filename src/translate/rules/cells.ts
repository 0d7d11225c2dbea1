/** The cells of a Table's row, by the kind's columns: a cell that is not known to hold an upstream name is left as it is. */
import { toTenantDefinition } from '../../names/definition.ts';
import { parseServiceAccountUser, toTenantIdentity } from '../../names/identity.ts';
import { toTenantName } from '../../names/prefix.ts';
import { textToTenant } from '../../names/text.ts';
import type { TranslateContext } from '../context.ts';
import type { Capture } from '../engine/plan.ts';
import { parseLossless, printLossless } from '../lossless-json.ts';
import { toTenantObjectName } from '../object-name.ts';
import { hasPrefixedNames } from '../table/index.ts';
import type { CellRule, ResourceRow } from '../table/row.ts';
import { classRow, isClassRule } from './class-name.ts';
import { prefixedKindsInLowerCase } from './object-reference.ts';

const SEPARATOR = ', ';

/** Undefined where no cell of the kind can hold an upstream name. */
export function cellsToTenant(row: ResourceRow): Capture | undefined {
  const rules: ReadonlyMap<number, CellRule> = new Map([
    ...(hasPrefixedNames(row) ? ([[0, row.nameFormat === 'definition' ? 'definition' : 'name']] as const) : []),
    ...Object.entries(row.cells ?? {}).map(([index, rule]) => [Number(index), rule] as const),
  ]);
  if (rules.size === 0) return undefined;
  const kinds = new Set(rules.values());
  const unlessHolding = kinds.has('users') || kinds.has('user') ? 'identity' : 'prefix';
  return {
    run(json, context: TranslateContext) {
      const cells = parseLossless(json);
      return Array.isArray(cells) ? printLossless(translateCells(row, context, cells, rules)) : json;
    },
    // Upstream's texts hold more than prefixes.
    ...(!kinds.has('text') && { unlessHolding }),
  };
}

function translateCells(
  row: ResourceRow,
  context: TranslateContext,
  cells: readonly unknown[],
  rules: ReadonlyMap<number, CellRule>,
): unknown[] {
  const accounts: string[] = [];
  const translated = cells.map((cell, index) => {
    const rule = rules.get(index);
    if (rule === undefined || typeof cell !== 'string') return cell;
    return index === 0 && row.shareable ? ownName(row, cell, context) : translateCell(context, cell, rule, accounts);
  });
  for (const [index, rule] of rules) {
    const cell = translated[index];
    if (rule === 'serviceAccounts' && typeof cell === 'string') translated[index] = [...accounts, ...(cell ? [cell] : [])].join(SEPARATOR);
  }
  return translated;
}

/** @param accounts takes up the ServiceAccounts that are met among the users, as `namespace/name` */
function translateCell(context: TranslateContext, cell: string, rule: CellRule, accounts: string[]): string {
  const { tenantId } = context;
  if (isClassRule(rule)) return toTenantObjectName(classRow(rule), cell, context);
  switch (rule) {
    case 'name':
      return toTenantName(tenantId, cell);
    case 'definition':
      return toTenantDefinition(tenantId, cell);
    case 'text':
      return textToTenant(tenantId, cell);
    case 'kindAndName':
      return kindAndName(tenantId, cell);
    case 'user':
      return toTenantIdentity(tenantId, cell);
    case 'users':
      return usersOf(tenantId, cell, accounts);
    case 'groups':
      return mapList(cell, (group) => toTenantIdentity(tenantId, group));
    case 'serviceAccounts':
      return mapList(cell, (account) => toTenantName(tenantId, account));
  }
}

/** `name`, or `name (default)`. */
function ownName(row: ResourceRow, cell: string, context: TranslateContext): string {
  const end = cell.includes(' ') ? cell.indexOf(' ') : cell.length;
  return toTenantObjectName(row, cell.slice(0, end), context) + cell.slice(end);
}

function mapList(cell: string, translate: (item: string) => string): string {
  return cell === '' ? '' : cell.split(SEPARATOR).map(translate).join(SEPARATOR);
}

function kindAndName(tenantId: string, cell: string): string {
  const slash = cell.indexOf('/');
  if (slash < 0 || !prefixedKindsInLowerCase.has(cell.slice(0, slash).toLowerCase())) return cell;
  return cell.slice(0, slash + 1) + toTenantName(tenantId, cell.slice(slash + 1));
}

function usersOf(tenantId: string, cell: string, accounts: string[]): string {
  const users: string[] = [];
  for (const upstreamUser of cell === '' ? [] : cell.split(SEPARATOR)) {
    const user = toTenantIdentity(tenantId, upstreamUser);
    const account = user === upstreamUser ? undefined : parseServiceAccountUser(user);
    if (account) accounts.push(`${account.namespace}/${account.name}`);
    else users.push(user);
  }
  return users.join(SEPARATOR);
}
