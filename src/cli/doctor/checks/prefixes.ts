import { strangeObjects } from '../../platform/strange-objects.ts';
import { type Check, ok, someOf, warning } from '../check.ts';

/** Whose name begins with a tenant's prefix, belongs to the tenant: what the platform itself calls so, is the tenant's by mistake. */
export const prefixes: Check = {
  name: 'prefixes',
  title: 'names upstream',
  about: "no object upstream has a tenant's prefix without being the tenant's",
  async run({ controller, tenants }) {
    const ids = (await tenants()).map(({ metadata }) => metadata.name);
    const found = await strangeObjects(controller, ids);
    if (found.length === 0) return [ok("nothing bears the prefix of a tenant without being the tenant's")];
    const advice = 'call them otherwise: a tenant sees them, may change them, and they go when it is deleted';
    return [warning(`with a tenant's prefix and without its label: ${someOf(found)}`, advice)];
  },
};
