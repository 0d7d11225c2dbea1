import { z } from 'zod';
import { pathOrStdout } from './formats.ts';

/** A file that lines are written to, readable for its owner only. */
const recordFile = z.strictObject({
  maxSizeMiB: z.int().min(1).max(100_000).default(100).describe('A file of this size is put aside, with the time in its name.'),
  maxFiles: z.int().min(1).max(1_000).default(10).describe('Files that are kept, the current one included; the oldest are removed.'),
});

/** What the processes tell: traces, page, logs, metrics. */
export const telemetrySettings = {
  tracing: z
    .strictObject({
      endpoint: z.url({ protocol: /^https?$/ }).describe('Base URL of the receiver: `http://collector:4318`.'),
      sampleRatio: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe("Of what begins here (the controller's work), from 0 to 1; of requests Envoy decides."),
      jaegerUrl: z
        .url({ protocol: /^https?$/ })
        .exactOptional()
        .describe("Base URL of Jaeger's page, where the operator's browser finds it: refused requests link to their traces."),
    })
    .optional()
    .describe('Spans are sent to an OTLP/HTTP receiver; none: nothing is traced.'),
  operatorPage: z
    .strictObject({
      clients: z
        .enum(['Loopback', 'Any'])
        .default('Loopback')
        .describe('Who is shown it: whoever connects from this machine (or pod), or whoever reaches the admin address.'),
    })
    .prefault({})
    .describe("The operator's page, on the admin address. It has no login."),
  requestLog: recordFile
    .extend({
      requests: z.enum(['off', 'refused', 'all']).default('off').describe('Which requests; `refused`: those that the gateway refuses.'),
      path: pathOrStdout().default('-').describe('Absolute path of the file, or `-` for standard output.'),
    })
    // There without being asked for, so that it can be switched on while the process runs.
    .prefault({})
    .describe('One line of JSON for each request.'),
  audit: recordFile
    .extend({
      path: pathOrStdout().describe('Absolute path of the file, or `-` for standard output.'),
      level: z
        .enum(['Metadata', 'Request'])
        .default('Metadata')
        .describe('`Request`: with what the operator has sent to the Tenant API, without what may be secret.'),
    })
    .optional()
    .describe(
      'What the gateway refuses and what the operator changes, as events of audit.k8s.io/v1, one a line; none: nothing is written.',
    ),
  metrics: z
    .strictObject({
      tenants: z
        .int()
        .min(0)
        .max(10_000)
        .default(50)
        .describe(
          'How many tenants, the busiest and those that are refused most, have series of their own; the others are told of together.',
        ),
    })
    .prefault({})
    .describe('What `/metrics` tells.'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What is logged: that and all that is worse.'),
};
