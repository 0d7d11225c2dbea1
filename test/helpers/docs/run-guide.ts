import { beginsAsShown, isAsShown, showsSomething } from './compare-output.ts';
import type { ConsoleCommand, Guide } from './console-blocks.ts';
import type { GuideShell } from './guide-shell.ts';

const COMMAND_MS = 90_000;

/** Runs a guide from its first command to its last. Rejects with what the first one printed that did not do as the guide says. */
export async function runGuide(path: string, { blocks, before, after }: Guide, shell: GuideShell): Promise<void> {
  const must = async (command: string) => {
    const { code, text } = await shell.run(command, COMMAND_MS);
    if (code !== 0) throw new Error(`${path}: ${command}\nended with ${code}:\n${text}`);
  };
  try {
    for (const command of before) await must(command);
    for (const block of blocks) {
      if (block.notRun !== undefined) continue;
      for (const one of block.commands) {
        const goesOn = block.goesOn && one === block.commands.at(-1);
        await (goesOn ? begin(path, one, shell) : runOne(path, one, shell));
      }
    }
  } finally {
    for (const command of after) await must(command);
  }
}

async function runOne(path: string, one: ConsoleCommand, shell: GuideShell): Promise<void> {
  const { command, output, line } = one;
  const { code, text } = await shell.run(withFreePort(command), COMMAND_MS).catch((thrown: unknown) => {
    throw new Error(`${path}:${line}: ${command}\n${thrown instanceof Error ? thrown.message : thrown}`);
  });
  const said = `${path}:${line}: ${command}\nended with ${code}, and printed:\n${text}`;
  if (output.length > 0 && !isAsShown(output, text)) throw new Error(`${said}\nThe guide shows:\n${output.join('\n')}`);
  // A failure may be what is to be seen, but then it has to be seen.
  if (code !== 0 && !showsSomething(output)) throw new Error(said);
}

async function begin(path: string, { command, output, line }: ConsoleCommand, shell: GuideShell): Promise<void> {
  await shell
    .begin(withFreePort(command), (text) => beginsAsShown(output, text), 2 * COMMAND_MS)
    .catch((thrown: unknown) => {
      throw new Error(`${path}:${line}: ${command}\n${thrown instanceof Error ? thrown.message : thrown}`);
    });
}

/** The only thing that is not done as it is written: somebody may have a gateway on the usual port already. */
function withFreePort(command: string): string {
  return command.replace(/^npm start( -- )?/, 'npm start -- --port 0 ');
}
