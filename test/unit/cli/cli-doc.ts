import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { CHECKS } from '../../../src/cli/doctor/checks/index.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { GATEWAY_RBAC } from '../../../src/launch/embedded/gateway-rbac.ts';

export const CLI_DOC = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
const WIDTH = 120;

/** The parts of the document that come from the code, by the name in their marks. */
const PARTS: Readonly<Record<string, () => string>> = {
  commands: () => sectionsOf(buildProgram(), 'kubezoo').join('\n'),
  checks: () => ['| check | what has to be so |', '|---|---|', ...CHECKS.map(({ name, about }) => `| \`${name}\` | ${about} |`)].join('\n'),
  'gateway-role': () => fenced('yaml', stringify(GATEWAY_RBAC[0].object, { lineWidth: 0, aliasDuplicateObjects: false })),
};

/** The document as it is, and as it has to be: what stands between `<!-- begin X -->` and `<!-- end X -->` is made anew. */
export function readCliDoc(): { present: string; wanted: string } {
  const present = readFileSync(CLI_DOC, 'utf8');
  const wanted = present.replace(
    /(<!-- begin ([a-z-]+) -->\n)[\s\S]*?(\n<!-- end \2 -->)/g,
    (_, begin: string, name: string, end: string) => begin + PARTS[name]!() + end,
  );
  return { present, wanted };
}

function sectionsOf(command: Command, path: string): string[] {
  const own = `### ${path}\n\n${fenced('text', helpOf(command))}\n`;
  const children = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
  return [own, ...children.flatMap((child) => sectionsOf(child, `${path} ${child.name()}`))];
}

/** What `--help` prints, examples and all. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return text;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trim()}\n\`\`\``;
}
