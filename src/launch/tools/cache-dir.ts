import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where fetched and built tools are kept, for all checkouts and state folders of a user. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubezoo');
}
