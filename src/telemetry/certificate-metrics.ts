import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Gauge, type Registry } from 'prom-client';

/** A certificate that this process, or Envoy beside it, lives by. */
export interface CertificateSource {
  /** As `kubezoo certs status` calls it. */
  readonly certificate: string;
  /** Of the cluster that it is shown to. */
  readonly upstream?: string;
  readonly file: string;
  /**
   * - `leaf`: PEM, its own certificate first.
   * - `authorities`: PEM; while one is replaced it holds the next as well, and the one that lasts longest counts.
   * - `kubeconfig`: the client certificate of its current context; none where it has another kind of credential.
   */
  readonly form: 'leaf' | 'authorities' | 'kubeconfig';
}

/** Files are read at each scrape: they are few, and may be replaced at any time. */
export function registerCertificateMetrics(registry: Registry, sources: readonly CertificateSource[]): void {
  new Gauge({
    name: 'kubezoo_certificate_expiry_timestamp_seconds',
    help: 'When a certificate ends; 0 for one that cannot be read',
    labelNames: ['certificate', 'upstream'],
    registers: [registry],
    aggregator: 'min',
    async collect() {
      this.reset();
      for (const source of sources) {
        const notAfter = await notAfterOf(source).catch(() => 0);
        if (notAfter === undefined) continue;
        const { certificate, upstream } = source;
        this.set({ certificate, ...(upstream !== undefined && { upstream }) }, notAfter);
      }
    },
  });
}

/** Seconds of the epoch; undefined: there is no certificate. Rejects when it cannot be read. */
export async function notAfterOf({ file, form }: CertificateSource): Promise<number | undefined> {
  if (form === 'kubeconfig') return await notAfterOfClient(file);
  const pems = splitPem(await readFile(file, 'utf8'));
  const ends = (form === 'leaf' ? pems.slice(0, 1) : pems).map(secondsOf);
  if (ends.length === 0) throw new Error(`${file} holds no certificate`);
  return Math.max(...ends);
}

async function notAfterOfClient(file: string): Promise<number | undefined> {
  const config = new KubeConfig();
  config.loadFromFile(file);
  const user = config.getCurrentUser();
  if (user?.certData) return secondsOf(Buffer.from(user.certData, 'base64').toString());
  return user?.certFile ? await notAfterOf({ certificate: '', file: user.certFile, form: 'leaf' }) : undefined;
}

function secondsOf(pem: string): number {
  return new X509Certificate(pem).validToDate.getTime() / 1000;
}

function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
