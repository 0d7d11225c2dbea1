import { connectEtcd, type EtcdSecurity } from '../../../tenants/etcd-client.ts';
import { type Check, type Finding, failure, ok, warning } from '../check.ts';

/** Before, a progress report of a watch could overtake events: tenants would be missed. */
const MINIMUM: readonly (readonly [number, number, number])[] = [
  [3, 4, 25],
  [3, 5, 8],
];
/** etcd's own default; one that was set higher is warned of early. */
const DEFAULT_QUOTA_BYTES = 2 * 2 ** 30;

export const etcd: Check = {
  name: 'etcd',
  title: 'etcd',
  about: 'each member answers, has a leader and no alarm, and is new enough (3.4.25, 3.5.8)',
  run: async ({ config }) => (await Promise.all(config.etcdEndpoints.map((endpoint) => checkMember(endpoint, config.etcd)))).flat(),
};

async function checkMember(endpoint: string, security: EtcdSecurity | undefined): Promise<Finding[]> {
  const client = connectEtcd([endpoint], security);
  try {
    const [status, { alarms }] = await Promise.all([client.maintenance.status(), client.maintenance.alarm({ action: 'Get' })]);
    const findings = [...judgeEtcdVersion(endpoint, status.version), ...alarmFindings(endpoint, alarms)];
    if (Number(status.leader) === 0) findings.push(failure(`${endpoint} sees no leader`, 'most of the members must be reachable'));
    const bytes = Number(status.dbSize);
    if (bytes > DEFAULT_QUOTA_BYTES * 0.8) {
      findings.push(warning(`${endpoint} holds ${Math.round(bytes / 2 ** 20)} MiB`, 'compact and defragment it before its quota is full'));
    }
    return findings.length > 0 ? findings : [ok(`${endpoint} is etcd ${status.version}, ${Math.round(bytes / 1024)} KiB, no alarms`)];
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : thrown;
    return [failure(`${endpoint} does not answer: ${why}`, 'known tenants are served from memory meanwhile, and nothing changes')];
  } finally {
    client.close();
  }
}

export function judgeEtcdVersion(endpoint: string, version: string): Finding[] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const needed = MINIMUM.find(([, itsMinor]) => itsMinor === minor);
  const old = major < 3 || (major === 3 && (minor < 4 || (needed && patch < needed[2])));
  if (!old) return [];
  return [failure(`${endpoint} is etcd ${version}`, 'watches lose events before 3.4.25 and 3.5.8: upgrade it')];
}

function alarmFindings(endpoint: string, alarms: readonly { readonly alarm: string | number }[]): Finding[] {
  return alarms.map(({ alarm }) =>
    failure(`${endpoint} has the alarm ${alarm}: it takes no writes`, 'make room (compact, defragment), then etcdctl alarm disarm'),
  );
}
