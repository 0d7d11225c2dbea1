import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import type { Tenant } from '../../../tenants/tenant.ts';
import { certificateEnd } from '../../tenant/certificate-end.ts';
import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';
import type { DoctorContext } from '../doctor-context.ts';

const DAY_MS = 86_400_000;
/** The launcher and the controller renew long before. */
const WARN_DAYS = 30;
const TIMEOUT_MS = 5_000;

export const certificates: Check = {
  name: 'certificates',
  title: 'certificates',
  about: 'days left of what the gateway shows, of the CAs, the operator, the credentials upstream, and of the tenants in total',
  async run(context) {
    const { config, home, upstreams } = context;
    const now = Date.now();
    const file = (what: string, path: string) => judgeCertificate(what, () => readFileSync(path, 'utf8'), now);
    return [
      await servingFinding(context, now),
      file('CA of the tenants', config.clientCaFile),
      file('CA of the gateway', config.servingCaFile),
      ...(config.admissionBridge ? [file('admission bridge', config.admissionBridge.certFile)] : []),
      ...(home && existsSync(home.operatorKubeconfig) ? credentialFinding('operator', home.operatorKubeconfig, now) : []),
      ...upstreams.flatMap(({ name, gatewayKubeconfig, controllerKubeconfig }) => {
        const where = upstreams.length > 1 ? `upstream ${name}` : 'upstream';
        return [
          ...credentialFinding(`gateway, ${where}`, gatewayKubeconfig, now),
          ...credentialFinding(`controller, ${where}`, controllerKubeconfig, now),
        ];
      }),
      judgeTenantCertificates(await context.tenants(), now),
    ];
  },
};

/** `read`: PEM; of several certificates the one that ends first counts. */
export function judgeCertificate(what: string, read: () => string, nowMs: number): Finding {
  const found = [...read().matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(
    ([pem]) => new X509Certificate(pem),
  );
  if (found.length === 0) return failure(`${what}: there is no certificate`, 'see the configuration: does it name the right file?');
  return judgeEnd(what, Math.min(...found.map(({ validToDate }) => validToDate.getTime())), nowMs);
}

function judgeEnd(what: string, endMs: number, nowMs: number): Finding {
  const days = Math.floor((endMs - nowMs) / DAY_MS);
  if (endMs <= nowMs) return failure(`${what}: expired ${new Date(endMs).toISOString()}`, 'renew it now: nothing that needs it works');
  if (days < WARN_DAYS) return warning(`${what}: ${days} days left`, 'renew it; npm start renews its own when it starts');
  return ok(`${what}: ${days} days left`);
}

/** What clients really see, not what lies in a file. */
async function servingFinding({ config }: DoctorContext, nowMs: number): Promise<Finding> {
  const what = 'gateway';
  const { hostname, port } = new URL(config.gatewayUrl);
  const ca = readFileSync(config.servingCaFile, 'utf8');
  return await new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 443),
      ca,
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    });
    const end = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    socket.once('secureConnect', () => {
      const { authorizationError } = socket;
      const seen = socket.getPeerX509Certificate();
      if (seen && seen.validToDate.getTime() > nowMs && authorizationError) {
        return end(
          failure(
            `${what}: clients do not trust it (${authorizationError})`,
            'it must be of the CA in servingCaFile, and name the host in gatewayUrl',
          ),
        );
      }
      end(seen ? judgeEnd(what, seen.validToDate.getTime(), nowMs) : failure(`${what}: it shows none`, 'is this the gateway?'));
    });
    const noAnswer = () => end(failure(`${what}: no answer from ${config.gatewayUrl}`, 'does Envoy run?'));
    socket.once('error', noAnswer).once('timeout', noAnswer);
  });
}

/** Nothing for a kubeconfig with a token: it has no end that could be seen. */
function credentialFinding(what: string, kubeconfigFile: string, nowMs: number): Finding[] {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(kubeconfigFile);
  const user = kubeconfig.getCurrentUser();
  const { certData, certFile } = user ?? {};
  if (!certData && !certFile) return [];
  return [judgeCertificate(what, () => (certData ? Buffer.from(certData, 'base64').toString() : readFileSync(certFile!, 'utf8')), nowMs)];
}

/** Of the tenants' admins, in total: the controller renews them. */
export function judgeTenantCertificates(tenants: readonly Tenant[], nowMs: number): Finding {
  const ends = tenants.flatMap((tenant) => {
    const end = certificateEnd(tenant);
    return end ? [{ id: tenant.metadata.name, days: Math.floor((end.getTime() - nowMs) / DAY_MS) }] : [];
  });
  const late = ends.filter(({ days }) => days < WARN_DAYS).sort((a, b) => a.days - b.days);
  if (late.length > 0) {
    const list = late.map(({ id, days }) => `${id} (${days < 0 ? 'expired' : `${days} days`})`);
    const message = `tenants: ${late.length} of ${ends.length} end soon or have ended: ${someOf(list)}`;
    return (late[0]?.days ?? 0) < 0
      ? failure(message, 'the controller renews them: does one lead, and has it the key of the CA?')
      : warning(message, 'the controller renews them: does one lead, and has it the key of the CA?');
  }
  if (ends.length === 0) return ok('tenants: none has one yet');
  return ok(`tenants: ${ends.length}, the first ends in ${Math.min(...ends.map(({ days }) => days))} days`);
}
