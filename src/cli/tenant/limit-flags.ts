import { type Command, InvalidArgumentError } from 'commander';
import { MAX_LIMIT } from '../../tenant-api/schema.ts';
import {
  BURST_ANNOTATION,
  MAX_INFLIGHT_ANNOTATION,
  MAX_LONG_RUNNING_ANNOTATION,
  REQUESTS_PER_SECOND_ANNOTATION,
  type Tenant,
  type TenantLimits,
} from '../../tenants/tenant.ts';

/** A limit as the command line, the spec and the annotations spell it. */
interface Limit {
  readonly flag: 'inflight' | 'qps' | 'burst' | 'long-running';
  readonly field: keyof TenantLimits;
  readonly annotation: string;
  readonly description: string;
}

export const LIMITS: readonly Limit[] = [
  {
    flag: 'inflight',
    field: 'maxRequestsInflight',
    annotation: MAX_INFLIGHT_ANNOTATION,
    description: 'requests under way at a time',
  },
  {
    flag: 'qps',
    field: 'requestsPerSecond',
    annotation: REQUESTS_PER_SECOND_ANNOTATION,
    description: 'requests a second, in the long run',
  },
  { flag: 'burst', field: 'burst', annotation: BURST_ANNOTATION, description: 'requests that may come at once after a time of rest' },
  {
    flag: 'long-running',
    field: 'maxLongRunning',
    annotation: MAX_LONG_RUNNING_ANNOTATION,
    description: 'watches, exec, port-forward and followed logs at a time',
  },
];

export interface LimitFlags {
  readonly inflight?: number;
  readonly qps?: number;
  readonly burst?: number;
  readonly longRunning?: number;
}

export function addLimitOptions(command: Command): Command {
  for (const { flag, description } of LIMITS) command.option(`--${flag} <n>`, description, parseLimit);
  return command;
}

/** The limits that were named, as `spec.limits` spells them; undefined for none. */
export function limitsOf({ inflight, qps, burst, longRunning }: LimitFlags): TenantLimits | undefined {
  const named = { maxRequestsInflight: inflight, requestsPerSecond: qps, burst, maxLongRunning: longRunning };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as TenantLimits);
}

export function parseLimit(text: string): number {
  const value = Number(text);
  if (!/^\d{1,7}$/.test(text) || value < 1 || value > MAX_LIMIT) {
    throw new InvalidArgumentError(`A limit is a whole number from 1 to ${MAX_LIMIT}; ${MAX_LIMIT} is as good as none.`);
  }
  return value;
}

/** Flags without their dashes, parted by commas, each once. */
export function parseLimitNames(text: string): Limit[] {
  const names = [...new Set(text.split(',').map((name) => name.trim().replace(/^--/, '')))].filter((name) => name !== '');
  return names.map((name) => {
    const found = LIMITS.find(({ flag }) => flag === name);
    if (!found) throw new InvalidArgumentError(`"${name}" is no limit: ${LIMITS.map(({ flag }) => flag).join(', ')} are.`);
    return found;
  });
}

export interface LimitInForce {
  readonly limit: Limit;
  /** Undefined: the default of the gateway's configuration, which the Tenant API does not know. */
  readonly value: number | undefined;
  readonly from: 'spec' | 'annotation' | 'default';
}

/** Where each limit of a tenant comes from; the spec goes before the annotations. */
export function limitsInForce({ metadata, spec }: Tenant): LimitInForce[] {
  return LIMITS.map((limit) => {
    const inSpec = spec.limits?.[limit.field];
    if (inSpec !== undefined) return { limit, value: inSpec, from: 'spec' };
    const annotated = metadata.annotations?.[limit.annotation];
    return annotated === undefined ? { limit, value: undefined, from: 'default' } : { limit, value: Number(annotated), from: 'annotation' };
  });
}
