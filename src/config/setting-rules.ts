import type { Config } from './config.ts';

export type ProcessName = 'sidecar' | 'controller';

export interface SettingRule {
  /** The processes that read it. */
  readonly readBy: ProcessName | 'both';
  /** Whether a change is in force without a restart: then whoever reads it reads it from the live configuration, each time. */
  readonly reloaded: boolean;
  /** Fields below one that is reloaded which themselves take a restart. */
  readonly except?: readonly string[];
}

const sidecar = { readBy: 'sidecar', reloaded: false } as const;
const controller = { readBy: 'controller', reloaded: false } as const;
const both = { readBy: 'both', reloaded: false } as const;

/** Of each setting at the top of the file. Envoy's configuration is made of some of them too: those are never reloaded. */
export const SETTING_RULES: { readonly [Key in keyof Required<Config>]: SettingRule } = {
  extProcSocket: sidecar,
  localSocket: sidecar,
  adminAddress: sidecar,
  controllerAdminAddress: controller,
  // Of these files what is in them is followed; their names are not.
  gatewayKubeconfig: sidecar,
  controllerKubeconfig: both,
  servingCaFile: controller,
  servingCertFile: sidecar,
  clientCaFile: both,
  clientCaKeyFile: both,
  cursorKeyFile: sidecar,
  upstreamName: both,
  otherUpstreams: both,
  workers: sidecar,
  gatewayUrl: both,
  certificates: { ...both, reloaded: true },
  etcdEndpoints: both,
  etcd: both,
  etcdPrefix: both,
  operatorGroup: sidecar,
  kubeconfigDir: controller,
  // Watches that are open show what was shared when they began.
  sharedResources: both,
  admissionBridge: both,
  leaderLeaseSeconds: controller,
  shutdown: { ...sidecar, reloaded: true },
  inCluster: controller,
  tracing: both,
  operatorPage: sidecar,
  requestLog: { ...sidecar, reloaded: true, except: ['path', 'maxSizeMiB', 'maxFiles'] },
  audit: sidecar,
  removal: { ...controller, reloaded: true },
  // The counts of all threads stand in memory of that size.
  limits: { ...sidecar, reloaded: true, except: ['slots'] },
  replica: sidecar,
  defaultCaps: { ...sidecar, reloaded: true },
  oidc: sidecar,
  metrics: sidecar,
  // Read by the command that writes Envoy's configuration.
  envoy: sidecar,
  logLevel: { ...both, reloaded: true },
};

const RULES: Readonly<Record<string, SettingRule>> = SETTING_RULES;

/** @param path names from the top of the file down @throws Error for a setting that has no rule */
export function ruleOf([top, ...rest]: readonly string[]): SettingRule {
  const rule = RULES[top!];
  if (!rule) throw new Error(`there is no rule for the setting ${top}`);
  return rule.except?.includes(rest[0] ?? '') ? { ...rule, reloaded: false } : rule;
}

export function isReadBy(process: ProcessName, path: readonly string[]): boolean {
  const { readBy } = ruleOf(path);
  return readBy === 'both' || readBy === process;
}
