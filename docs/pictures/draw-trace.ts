/**
 * Draws a trace as a waterfall, SVG in light and dark.
 *
 *     node docs/pictures/draw-trace.ts NAME              # docs/pictures/NAME.svg anew, from NAME.json beside it
 *     node docs/pictures/draw-trace.ts NAME JAEGER TRACE # first NAME.json anew, from a Jaeger's URL and a trace id
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type JaegerSpan, type JaegerTrace, trimTrace } from './trace.ts';

const WIDTH = 960;
const NAMES = 400;
const RIGHT = 78;
const ROW = 22;
const TOP = 62;
const STYLE = `
svg { --paper: #ffffff; --ink: #1f2328; --faint: #d1d9e0; --soft: #59636e; --bad: #cf222e;
  --envoy: #8250df; --sidecar: #0969da; --apiserver: #1a7f37; --etcd: #bc4c00; --other: #59636e; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #f0f6fc; --faint: #3d444d; --soft: #9198a1; --bad: #ff7b72;
    --envoy: #ab7df8; --sidecar: #4493f8; --apiserver: #3fb950; --etcd: #db6d28; --other: #9198a1; }
}
text { font: 12px ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
.soft { fill: var(--soft); } .bad { fill: var(--bad); } .title { font-weight: 600; font-size: 13px; }
.paper { fill: var(--paper); } .grid { stroke: var(--faint); stroke-width: 1; }
.envoy { fill: var(--envoy); } .sidecar { fill: var(--sidecar); } .apiserver { fill: var(--apiserver); } .etcd { fill: var(--etcd); } .other { fill: var(--other); }
`;
const LEGEND: readonly (readonly [service: string, label: string])[] = [
  ['kubezoo-envoy', 'Envoy'],
  ['kubezoo-sidecar', 'sidecar'],
  ['apiserver', 'kube-apiserver'],
  ['etcd', 'etcd'],
];

interface Row {
  readonly span: JaegerSpan;
  readonly depth: number;
}

/** Every span under its parent, by time. A span that came twice (Envoy tells of its ext_proc streams at their cancellation and again at their end) is the longer one. */
function rowsOf(spans: readonly JaegerSpan[]): Row[] {
  const byId = new Map<string, JaegerSpan>();
  for (const span of spans) if (span.duration >= (byId.get(span.spanID)?.duration ?? 0)) byId.set(span.spanID, span);
  const parentOf = (span: JaegerSpan) => span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
  const below = (parent: string | undefined, depth: number): Row[] =>
    [...byId.values()]
      .filter((span) => parentOf(span) === parent)
      .toSorted((a, b) => a.startTime - b.startTime || PHASES.indexOf(a.operationName) - PHASES.indexOf(b.operationName))
      .flatMap((span) => [{ span, depth }, ...below(span.spanID, depth + 1)]);
  return below(undefined, 0);
}

/** Node's clock has milliseconds: phases of one millisecond are put in the order in which they happen. */
const PHASES = ['identify', 'limit', 'admit and address', 'translate request', 'translate response', 'answered'];

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const tagOf = (span: JaegerSpan, key: string) => span.tags.find((tag) => tag.key === key)?.value;
const timeText = (us: number) => (us < 1000 ? `${us} µs` : `${(us / 1000).toFixed(1)} ms`);
const classOf = (service: string) => (LEGEND.some(([known]) => known === service) ? service.replace('kubezoo-', '') : 'other');
const nameOf = ({ operationName }: JaegerSpan) =>
  operationName
    .replace(/^async envoy\.service\.ext_proc\.\S+ egress$/, 'ext_proc: asks the sidecar')
    .replace(/^router (\S+) egress$/, 'forwards to $1');

function tickOf(span: number): number {
  const rough = span / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= rough)!;
}

/** @param title what was asked, and what came of it */
export function drawTrace({ spans, processes }: JaegerTrace, title: string): string {
  const rows = rowsOf(spans);
  const begin = Math.min(...rows.map(({ span }) => span.startTime));
  const end = Math.max(...rows.map(({ span }) => span.startTime + span.duration));
  const x = (time: number) => NAMES + ((time - begin) / (end - begin)) * (WIDTH - NAMES - RIGHT);
  const lines: string[] = [];
  let y = TOP;
  for (const { span, depth } of rows) {
    const service = processes[span.processID]?.serviceName ?? '';
    const reason = tagOf(span, 'otel.status_description');
    const left = x(span.startTime);
    const right = Math.max(x(span.startTime + span.duration), left + 2);
    lines.push(
      `<text x="${16 + depth * 14}" y="${y + 15}">${escaped(nameOf(span))}</text>`,
      `<rect class="${classOf(service)}" x="${left.toFixed(1)}" y="${y + 5}" width="${(right - left).toFixed(1)}" height="12" rx="2"><title>${escaped(`${service}: ${span.operationName}, ${timeText(span.duration)}`)}</title></rect>`,
      `<text class="soft" x="${(right + 5).toFixed(1)}" y="${y + 15}">${timeText(span.duration)}</text>`,
    );
    y += ROW;
    if (reason !== undefined) {
      lines.push(`<text class="bad" x="${30 + depth * 14}" y="${y + 13}">${escaped(String(reason))}</text>`);
      y += ROW - 2;
    }
  }
  const height = y + 12;
  const tick = tickOf(end - begin);
  const grid = Array.from({ length: Math.floor((end - begin) / tick) + 1 }, (_, index) => {
    const at = x(begin + index * tick).toFixed(1);
    return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP - 4}" y2="${height - 8}"/><text class="soft" x="${at}" y="${TOP - 9}" text-anchor="middle">${timeText(index * tick)}</text>`;
  });
  let legendAt = WIDTH - 330;
  const legend = LEGEND.map(([service, label]) => {
    const at = legendAt;
    legendAt += 30 + label.length * 7;
    return `<rect class="${classOf(service)}" x="${at}" y="14" width="12" height="12" rx="2"/><text x="${at + 17}" y="24">${label}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>
<text class="title" x="16" y="24">${escaped(title)}</text>
${[...legend, ...grid, ...lines].join('\n')}
</svg>
`;
}

/** The picture of `NAME.json`: its `title`, and its `data`, which is what Jaeger's API returns. */
export function drawFile(text: string): string {
  const { title, data } = JSON.parse(text) as { title: string; data: readonly [JaegerTrace] };
  return drawTrace(data[0], title);
}

if (import.meta.main) {
  const [name, jaeger, traceId] = process.argv.slice(2);
  if (name === undefined) throw new Error('which picture? draw-trace.ts NAME [JAEGER TRACE]');
  const file = (suffix: string) => new URL(`${name}.${suffix}`, import.meta.url);
  if (jaeger !== undefined) {
    const response = await fetch(`${jaeger}/api/traces/${traceId}`);
    if (!response.ok) throw new Error(`Jaeger answers ${response.status}: ${await response.text()}`);
    const { data } = (await response.json()) as { data: readonly [JaegerTrace] };
    writeFileSync(file('json'), `${JSON.stringify({ title: process.argv[5] ?? name, data: [trimTrace(data[0])] }, null, 1)}\n`);
  }
  writeFileSync(file('svg'), drawFile(readFileSync(file('json'), 'utf8')));
}
