import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKubeconfig } from '../../certs/kubeconfig.ts';
import { readKeyFolder } from '../../launch/pki/key-folder.ts';
import { type Home, homeAt } from '../../launch/state/home.ts';
import { CommandError } from '../tenant/command-error.ts';
import { formatTable } from '../tenant/format-table.ts';

const DAY_MS = 86_400_000;
const COLUMNS = ['Name', 'Subject', 'Issuer', 'Not after', 'Days left'];

export interface CertificateStatus {
  /** `serving`, `upstream/gateway`, `tenants/demo01` …; of a file with several certificates with a number. */
  readonly name: string;
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly notAfter: string;
  /** Whole days, negative when it has ended. */
  readonly daysLeft: number;
  readonly file: string;
}

/** All certificates of a state folder: the gateway's own, those for upstream, and tenants' (in their kubeconfigs). */
export function certificatesOf(home: Home, now = Date.now()): CertificateStatus[] {
  return [...fromFolder(home.pkiDir, ''), ...fromFolder(join(home.upstreamDir, 'pki'), 'upstream/'), ...ofTenants(home)].flatMap(
    ({ name, file, pem }) => {
      const certificates = splitPem(pem);
      return certificates.map((text, index) => describe(certificates.length > 1 ? `${name} ${index + 1}` : name, file, text, now));
    },
  );
}

/** Throws a CommandError where nothing was ever started. */
export function printStatus(folder: string, output: 'json' | undefined): void {
  const home = homeAt(folder);
  if (!existsSync(home.pkiDir)) throw new CommandError(`error: there are no certificates in ${home.root}: start kubezoo first (npm start)`);
  const certificates = certificatesOf(home);
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify({ certificates }, null, 2)}\n`);
    return;
  }
  const rows = certificates.map(({ name, subject, issuer, notAfter, daysLeft }) => ({
    cells: [name, subject, issuer, notAfter, daysLeft],
  }));
  process.stdout.write(formatTable({ columnDefinitions: COLUMNS.map((name) => ({ name })), rows }, false));
}

/** A bundle's certificates, one text each. */
export function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
}

interface Found {
  readonly name: string;
  readonly file: string;
  readonly pem: string;
}

function fromFolder(folder: string, prefix: string): Found[] {
  return [...readKeyFolder(folder)]
    .filter(([name]) => name.endsWith('.crt') && name !== 'former-probe.crt')
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, pem]) => ({ name: prefix + name.slice(0, -'.crt'.length), file: join(folder, name), pem }));
}

function ofTenants({ tenantsDir }: Home): Found[] {
  if (!existsSync(tenantsDir)) return [];
  const files = readdirSync(tenantsDir).filter((name) => name.endsWith('.kubeconfig'));
  return files.sort().map((name) => {
    const file = join(tenantsDir, name);
    return {
      name: `tenants/${name.slice(0, -'.kubeconfig'.length)}`,
      file,
      pem: readKubeconfig(readFileSync(file, 'utf8'))?.certPem ?? '',
    };
  });
}

function describe(name: string, file: string, pem: string, now: number): CertificateStatus {
  const { subject, issuer, validToDate } = new X509Certificate(pem);
  const daysLeft = Math.floor((validToDate.getTime() - now) / DAY_MS);
  return { name, subject: onOneLine(subject), issuer: onOneLine(issuer), notAfter: validToDate.toISOString(), daysLeft, file };
}

/** As RFC 2253 orders it: what is most special first. */
function onOneLine(name: string): string {
  return name.split('\n').reverse().join(',');
}
