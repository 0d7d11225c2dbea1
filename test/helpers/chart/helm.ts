import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { SILENT } from '../../../src/launch/progress.ts';
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import { buildClients } from '../build-clients.ts';

export const DEPLOY = resolve(import.meta.dirname, '../../../deploy');
export const CHART = join(DEPLOY, 'helm/kubezoo');
export const NAMESPACE = 'kubezoo-system';
export const RELEASE = 'kubezoo';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm, whatever its exit code. @param folder its own, for what it keeps */
export async function helm(folder: string, args: readonly string[], kubeconfig?: string): Promise<HelmResult> {
  const { helm: binary } = await buildClients(SILENT);
  mkdirSync(folder, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: folder, ...(kubeconfig && { KUBECONFIG: kubeconfig }) };
  return await runTool(binary, [...args], { env });
}

/** Text on stdout. Throws an Error with what helm says when it fails. */
export async function mustHelm(folder: string, args: readonly string[], kubeconfig?: string): Promise<string> {
  const { code, stdout, stderr } = await helm(folder, args, kubeconfig);
  if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

export function templateArgs(valuesFiles: readonly string[]): string[] {
  return ['template', RELEASE, CHART, '--namespace', NAMESPACE, ...valuesFiles.flatMap((file) => ['--values', file])];
}

export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
