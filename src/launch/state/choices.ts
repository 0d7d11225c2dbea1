import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { LaunchError } from '../launch-error.ts';
import type { Home } from './home.ts';
import { writeSecretFile } from './write-secret-file.ts';

const schema = z.strictObject({
  /** `embedded`, or the URL of the cluster that was given: tenants of one cluster must not be laid over another. */
  upstream: z.string().optional(),
  /** Ports by purpose, so that a second start has the URLs of the first. */
  ports: z.record(z.string(), z.int().min(1).max(65_535)).default({}),
});

/** What a state folder has settled on at its first start. */
export type Choices = z.infer<typeof schema>;

/** Throws a LaunchError when the file is damaged. */
export function readChoices(home: Home): Choices {
  if (!existsSync(home.choices)) return { ports: {} };
  try {
    return schema.parse(JSON.parse(readFileSync(home.choices, 'utf8')));
  } catch (error) {
    throw new LaunchError(
      `${home.choices} cannot be read: ${String(error)}`,
      'Remove that file (new ports are chosen then), or start with another --home.',
      { cause: error },
    );
  }
}

export function writeChoices(home: Home, choices: Choices): void {
  writeSecretFile(home.choices, `${JSON.stringify(choices, null, 2)}\n`);
}

/** Binds the state folder to its upstream cluster. Throws a LaunchError when it belongs to another already. */
export function settleUpstream(choices: Choices, upstream: string, home: Home): Choices {
  if (choices.upstream !== undefined && choices.upstream !== upstream) {
    throw new LaunchError(
      `${home.root} holds tenants of another cluster (${choices.upstream}).`,
      'Start with another --home for this cluster.',
    );
  }
  return { ...choices, upstream };
}
