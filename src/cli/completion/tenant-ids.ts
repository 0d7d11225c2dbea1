import { readdirSync } from 'node:fs';
import { defaultHome, homeAt } from '../../launch/state/home.ts';

const SUFFIX = '.kubeconfig';

/** The tenants whose kubeconfigs are in a state folder: no request, for a Tab must not wait for one. */
export function tenantIdsOf(home: string | undefined): string[] {
  try {
    const files = readdirSync(homeAt(home ?? defaultHome()).tenantsDir);
    return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
  } catch {
    // There is no such folder: nothing to offer.
    return [];
  }
}
