import { percentage, type Verdict } from './verdict.ts';

/** `docs/conformance.md`: figures and reasons, written by `npm run conformance` and by nobody else. */
export function conformanceDocument(verdict: Verdict, version: string): string {
  const { total, passed, excepted, lost } = verdict;
  return `# Conformance
Written by \`npm run conformance\`; see \`conformance/README.md\`.

Kubernetes ${version} has ${total} conformance tests that pass on a control plane without nodes, straight at upstream. Through the gateway, as a tenant's admin,
**${passed.length} of ${total} pass (${percentage(passed.length, total)})**.

## Meant to fail
What these tests need is not a tenant's to have.

| test | why |
|---|---|
${[...excepted].map(row).join('\n')}
${lost.size > 0 ? `\n## Failing\n\n| test | failure |\n|---|---|\n${[...lost].map(row).join('\n')}\n` : ''}
## Passing
${passed.map((name) => `- ${nameInText(name)}`).join('\n')}
`;
}

function row([name, text]: readonly [string, string]): string {
  return `| ${nameInText(name).replaceAll('|', '\\|')} | ${text.replaceAll('|', '\\|')} |`;
}

function nameInText(name: string): string {
  return name.replace(/ \[Conformance\]$/, '');
}
