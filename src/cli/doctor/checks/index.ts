import type { Check } from '../check.ts';
import { authenticatedGrants } from './authenticated-grants.ts';
import { certificates } from './certificates.ts';
import { clocks } from './clocks.ts';
import { controllerRights } from './controller-rights.ts';
import { envoySettings } from './envoy-settings.ts';
import { envoyVersion } from './envoy-version.ts';
import { etcd } from './etcd.ts';
import { gateway } from './gateway.ts';
import { gatewayRights } from './gateway-rights.ts';
import { leader } from './leader.ts';
import { policies } from './policies.ts';
import { prefixes } from './prefixes.ts';
import { replicas } from './replicas.ts';
import { sidecar } from './sidecar.ts';
import { tenants } from './tenants.ts';
import { upstreamVersion } from './upstream-version.ts';

/** From what everything stands on to what stands on it. */
export const CHECKS: readonly Check[] = [
  etcd,
  upstreamVersion,
  clocks,
  envoyVersion,
  envoySettings,
  sidecar,
  gateway,
  replicas,
  leader,
  certificates,
  gatewayRights,
  controllerRights,
  authenticatedGrants,
  policies,
  prefixes,
  tenants,
];
