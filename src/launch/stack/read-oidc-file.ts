import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type OidcConfig, oidcSchema } from '../../config/settings/oidc.ts';
import { LaunchError } from '../launch-error.ts';

/** Files that it names may be relative to it. Throws a LaunchError that names each wrong field. */
export function readOidcFile(file: string): OidcConfig {
  const parsed = oidcSchema.safeParse(parseFile(file));
  if (!parsed.success) throw new LaunchError(`${file}: ${z.prettifyError(parsed.error)}`, 'docs/oidc.md says what may stand there.');
  const absolute = (path: string) => resolve(dirname(file), path);
  const { jwksFile, jwksCaFile, ...rest } = parsed.data;
  return { ...rest, ...(jwksFile && { jwksFile: absolute(jwksFile) }), ...(jwksCaFile && { jwksCaFile: absolute(jwksCaFile) }) };
}

function parseFile(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new LaunchError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, 'Does it exist, and is it YAML?', {
      cause: error,
    });
  }
}
