/** The parts of a meta.k8s.io/v1 Table that are printed. */
export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly { readonly cells: readonly unknown[] }[];
}

/** A table as kubectl prints it: upper-case heads, columns three spaces apart. Columns of a priority above 0 are for `wide`. */
export function formatTable({ columnDefinitions, rows = [] }: Table, wide: boolean): string {
  const shown = columnDefinitions.flatMap(({ priority = 0 }, index) => (wide || priority === 0 ? [index] : []));
  const lines = [
    shown.map((index) => columnDefinitions[index]?.name.toUpperCase() ?? ''),
    ...rows.map(({ cells }) => shown.map((index) => cellText(cells[index]))),
  ];
  const widths = shown.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, column) => text.padEnd((widths[column] ?? 0) + 3))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}

function cellText(cell: unknown): string {
  return cell === null || cell === undefined ? '<none>' : String(cell);
}
