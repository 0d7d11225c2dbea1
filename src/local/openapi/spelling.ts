import { ownsUpstreamName, toTenantName } from '../../names/prefix.ts';
import { definitionWithGroup, groupOfDefinition, groupOfPath, operationPartOf, tagOf, withGroup } from './group-names.ts';

/** How a tenant calls what its own groups stand in. What is not of such a group stays as it is. */
export interface Spelling {
  group(upstreamGroup: string): string;
  definition(upstreamName: string): string;
  /** Of what stands at an upstream path. */
  ofPath(upstreamPath: string): PathSpelling;
}

export interface PathSpelling {
  readonly path: string;
  tag(upstreamTag: string): string;
  operationId(upstreamId: string): string;
}

/**
 * @param isTaken whether there is a definition of that name beside the tenant's: the tenant's then keeps upstream's, so that none
 *                stands for another
 */
export function createSpelling(tenantId: string, isTaken: (definition: string) => boolean): Spelling {
  return {
    group: (upstreamGroup) => toTenantName(tenantId, upstreamGroup),
    definition(upstreamName) {
      const group = groupOfDefinition(upstreamName);
      if (group === undefined || !ownsUpstreamName(tenantId, group)) return upstreamName;
      const tenantName = definitionWithGroup(upstreamName, toTenantName(tenantId, group));
      return isTaken(tenantName) ? upstreamName : tenantName;
    },
    ofPath(upstreamPath) {
      const upstream = groupOfPath(upstreamPath);
      if (!upstream || !ownsUpstreamName(tenantId, upstream.group)) {
        return { path: upstreamPath, tag: (tag) => tag, operationId: (id) => id };
      }
      const own = { group: toTenantName(tenantId, upstream.group), version: upstream.version };
      return {
        path: withGroup(upstreamPath, own.group),
        tag: (tag) => (tag === tagOf(upstream) ? tagOf(own) : tag),
        operationId: (id) => replaceFirst(id, operationPartOf(upstream), operationPartOf(own)),
      };
    },
  };
}

function replaceFirst(text: string, part: string, by: string): string {
  const at = text.indexOf(part);
  return at < 0 ? text : text.slice(0, at) + by + text.slice(at + part.length);
}
