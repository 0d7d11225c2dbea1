/** What became of a test. */
export interface Outcome {
  readonly passed: boolean;
  /** First line of the failure; '' for a test that passed. */
  readonly failure: string;
  readonly seconds: number;
}

/** By the test's name as `tests.txt` spells it: all its texts, up to and with `[Conformance]`. */
export type Outcomes = ReadonlyMap<string, Outcome>;

interface SpecReport {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly State: string;
  readonly RunTime: number;
  readonly Failure?: { readonly Message?: string };
}

/** @param report ginkgo's JSON report: a list of suites. Tests that were skipped are left out. */
export function readOutcomes(report: string): Outcomes {
  const suites = JSON.parse(report) as { SpecReports: SpecReport[] | null }[];
  const outcomes = new Map<string, Outcome>();
  for (const spec of suites.flatMap(({ SpecReports }) => SpecReports ?? [])) {
    if (spec.LeafNodeType !== 'It' || spec.State === 'skipped' || spec.State === 'pending') continue;
    const name = [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].join(' ');
    outcomes.set(nameInList(name), {
      passed: spec.State === 'passed',
      failure: firstLine(spec.Failure?.Message ?? (spec.State === 'passed' ? '' : spec.State)),
      seconds: spec.RunTime / 1e9,
    });
  }
  return outcomes;
}

/** `[sig-x] Subject does it [Conformance] [Label]` without what follows the mark. */
export function nameInList(name: string): string {
  const mark = '[Conformance]';
  const at = name.indexOf(mark);
  return at < 0 ? name : name.slice(0, at + mark.length);
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]!.slice(0, 300);
}
