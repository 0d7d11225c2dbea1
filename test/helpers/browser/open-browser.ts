import { type Browser, chromium } from 'playwright-core';
import { SILENT } from '../../../src/launch/progress.ts';
import { findChromium } from './find-chromium.ts';

/** Without these it looks for its maker's servers at each start. No sandbox: it visits this machine's own pages, and CI is root. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real, headless Chromium; to be closed by the caller. */
export async function openBrowser(): Promise<Browser> {
  const { binary, env } = await findChromium(SILENT);
  return await chromium.launch({ executablePath: binary, args: ARGS, env: { ...(process.env as Record<string, string>), ...env } });
}
