import { orphanedNamespaces, strangeObjects } from '../../platform/strange-objects.ts';
import { type Check, type Finding, ok, someOf, warning } from '../check.ts';
import { eachUpstream } from '../each-upstream.ts';

/** Whose name begins with a tenant's prefix, belongs to the tenant: what the platform itself calls so, is the tenant's by mistake. */
export const prefixes: Check = {
  name: 'prefixes',
  title: 'names upstream',
  about: "no object upstream has a tenant's prefix without being the tenant's, and no namespace is left of a tenant that is not there",
  async run(context) {
    const tenants = await context.tenants();
    return eachUpstream(context, async ({ name, controller }) => {
      const ids = tenants
        .filter(({ spec }) => (spec?.upstream ?? context.config.upstreamName) === name)
        .map(({ metadata }) => metadata.name);
      const [strange, orphaned] = await Promise.all([strangeObjects(controller, ids), orphanedNamespaces(controller, ids)]);
      const findings: Finding[] = [];
      if (strange.length > 0) {
        const advice = 'call them otherwise: a tenant sees them, may change them, and they go when it is deleted';
        findings.push(warning(`with a tenant's prefix and without its label: ${someOf(strange)}`, advice));
      }
      if (orphaned.length > 0) {
        const advice = 'bring the tenants back with kubezoo restore; or delete the namespaces, before their ids can be given again';
        findings.push(warning(`of tenants that are not there: ${someOf(orphaned)}`, advice));
      }
      return findings.length > 0 ? findings : [ok("each tenant's are its own, and nobody else's")];
    });
  },
};
