import { Counter, type Registry } from 'prom-client';
import type { RecordCounts, Records } from './records.ts';

/** What becomes of the lines of both logs. */
export function registerRecordMetrics(registry: Registry, records: Pick<Records, 'counts'>): void {
  const counter = (name: string, help: string, of: (counts: RecordCounts) => number) =>
    new Counter({
      ...{ name, help, labelNames: ['log'], registers: [registry] },
      collect() {
        this.reset();
        for (const [log, counts] of Object.entries(records.counts())) this.inc({ log }, of(counts));
      },
    });
  counter('kubezoo_log_lines_total', 'Lines of the request log and of the audit log', ({ written }) => written);
  counter('kubezoo_log_lines_dropped_total', 'Lines that are lost: the disk was slow or full', ({ dropped }) => dropped);
  counter('kubezoo_log_errors_total', 'Failures to write a log, or to put a file of it aside', ({ troubles }) => troubles);
}
