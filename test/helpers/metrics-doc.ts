/** docs/metrics.md, as a test reads it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  /** Which processes tell it. */
  readonly of: readonly ('gateway' | 'controller')[];
}

const ROW = /^\| `(kubezoo_\w+)` \| (counter|gauge|histogram) \| ([^|]*) \| ([^|]*) \|/gm;

/** The rows of all tables. */
export function documentedMetrics(): DocumentedMetric[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  return [...text.matchAll(ROW)].map(([, name = '', type = '', labels = '', of = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
    of: of.split(',').map((process) => process.trim() as 'gateway' | 'controller'),
  }));
}

/** Names of metrics in a query, without what a histogram adds to them. */
export function metricNamesIn(query: string): string[] {
  return [...new Set([...query.matchAll(/\bkubezoo_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')))];
}
