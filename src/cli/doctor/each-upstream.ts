import type { Finding } from './check.ts';
import { failure } from './check.ts';
import type { DoctorContext, DoctorUpstream } from './doctor-context.ts';

/** A check of each upstream cluster; where there are several, each finding says of which. One that cannot be looked at keeps no other from it. */
export async function eachUpstream(
  { upstreams }: Pick<DoctorContext, 'upstreams'>,
  look: (upstream: DoctorUpstream) => Promise<readonly Finding[]>,
): Promise<Finding[]> {
  const [only] = upstreams;
  if (only && upstreams.length === 1) return [...(await look(only))];
  const found = await Promise.all(
    upstreams.map(async (upstream) => {
      const findings = await look(upstream).catch((thrown: unknown) => {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        return [failure(`could not be looked at: ${why}`, 'see what the other checks say of this cluster')];
      });
      return findings.map((finding) => ({ ...finding, message: `${upstream.name}: ${finding.message}` }));
    }),
  );
  return found.flat();
}
