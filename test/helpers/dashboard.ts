/** The dashboard for Grafana, as far as tests look at it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's spelling of its variable
const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });

const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  editorMode: z.literal('code'),
  expr: z.string().min(1),
  legendFormat: z.string(),
  instant: z.boolean().optional(),
  range: z.boolean(),
});

const gridPos = z.strictObject({ h: z.int().min(1), w: z.int().min(1).max(24), x: z.int().min(0).max(23), y: z.int().min(0) });

const panel = z.looseObject({ id: z.int().min(1), title: z.string().min(1), gridPos });

const row = panel.extend({ type: z.literal('row'), collapsed: z.literal(false), panels: z.tuple([]) });

const graph = panel.extend({
  type: z.enum(['timeseries', 'stat']),
  datasource,
  targets: z.array(target).min(1),
  fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string().min(1) }), overrides: z.array(z.unknown()) }),
  options: z.looseObject({}),
});

const schema = z.looseObject({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  templating: z.strictObject({ list: z.array(z.looseObject({ name: z.string(), type: z.enum(['datasource', 'query']) })) }),
  panels: z.array(z.discriminatedUnion('type', [row, graph])),
});

export type Dashboard = z.infer<typeof schema>;

/** @throws ZodError where it is not of the form that Grafana reads */
export function readDashboard(): Dashboard {
  return schema.parse(JSON.parse(readFileSync(resolve(import.meta.dirname, '../../deploy/monitoring/grafana-dashboard.json'), 'utf8')));
}

/** All queries, with what Grafana would put in the place of its variables. */
export function queriesOf({ panels }: Dashboard, rateInterval: string): { readonly title: string; readonly query: string }[] {
  return panels.flatMap((one) =>
    one.type === 'row'
      ? []
      : one.targets.map(({ expr, refId }) => ({
          title: `${one.title} ${refId}`,
          query: expr.replaceAll('$__rate_interval', rateInterval).replaceAll('$instance', '.*'),
        })),
  );
}
