import assert from 'node:assert/strict';
import { applyPlatform, isConfinementEnforced, mutatingPolicyVersion } from '../../../../src/controller/platform/install-platform.ts';
import type { UpstreamClient } from '../../../../src/upstream/upstream-client.ts';
import { eventually } from '../../tenant-api/support/eventually.ts';

/** Applies the platform's objects and waits until upstream heeds them. */
export async function installPlatform(upstream: UpstreamClient): Promise<void> {
  await applyPlatform(upstream, await mutatingPolicyVersion(upstream));
  await eventually(async () => assert.equal(await isConfinementEnforced(upstream), true));
}
