import { type DiscoveredResource, discover } from '../../upstream/discover.ts';
import { inParallel } from '../../upstream/in-parallel.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { describeRemains } from '../removal/describe-remains.ts';
import { finishNamespaces, whyNamespaceStays } from '../removal/finish-namespaces.ts';
import { loosenDefinitions } from '../removal/loosen-definitions.ts';
import { isOwnGroup, kindsToSweep, nameOfKind } from '../removal/owned-kinds.ts';
import { type Patience, patienceWith } from '../removal/patience.ts';
import { pathOfObject, pressOn } from '../removal/press-on.ts';
import { countsOf, type Sweep, sweep, unknownGroups } from '../removal/sweep.ts';
import { deleteAll } from './delete-all.ts';
import { NAMESPACES } from './ensure-namespaces.ts';
import { DONE, type Outcome, type Step } from './step.ts';

/** Between two looks; the conditions change no more often. */
const POLL_MS = 1_000;
/** Objects that are pressed at once. */
const CONCURRENCY = 16;

/**
 * No object of the tenant is left, of whatever kind upstream serves. Each is asked to go in the ordinary way first: upstream empties
 * namespaces, and deletes what a CRD defines. What stays beyond the grace period is pressed.
 *
 * The first look is at all kinds, the next ones at those of which something was there; when patience is over, at all again.
 */
export const removeObjects: Step = {
  name: 'remove-objects',
  condition: 'CleanedUp',
  async run({ tenant, tenantId, upstream, finalizerGraceSeconds }): Promise<Outcome> {
    const patience = patienceWith(tenant, finalizerGraceSeconds);
    const { remaining, startedAt = new Date().toISOString() } = tenant.status?.removal ?? {};
    const { resources, stale } = await discover(upstream);
    const all = kindsToSweep(resources, tenantId);
    const kinds = remaining && !patience.isOver ? all.filter((kind) => Object.hasOwn(remaining, nameOfKind(kind))) : all;
    const seen = await sweep(upstream, kinds, tenantId);
    const counts = countsOf(seen);
    if (Object.keys(counts).length === 0) return { ...DONE, removal: { startedAt, remaining: {} } };
    const refusals = await askToGo(upstream, seen, tenantId);
    const pressed = patience.isOver ? await press(upstream, seen, all, tenantId, patience) : { cleared: 0, problems: [] };
    const unknown = unknownGroups(stale, tenantId);
    if (patience.isOver) {
      const inhabited = new Set(seen.found.flatMap(({ objects }) => objects.map(({ metadata }) => metadata.namespace)));
      // Where nobody can say what is there, nothing is empty.
      const isEmpty = (name: string) => unknown.length === 0 && seen.unlisted.length === 0 && !inhabited.has(name);
      const count = await finishNamespaces(upstream, seen.namespaces, isEmpty, patience);
      pressed.cleared += count;
    }
    const problems = [...refusals, ...pressed.problems].slice(0, 1);
    const why = [...problems, patience.isOver ? await whyNamespaceStays(upstream, seen.namespaces) : undefined];
    const message = [describeRemains(seen, tenantId), ...seen.unlisted.slice(0, 1), ...why.filter((text) => text !== undefined)].join(': ');
    return {
      state: 'waiting',
      reason: patience.isOver ? 'ObjectsStuck' : 'ObjectsRemain',
      message,
      retryAfterMs: POLL_MS,
      removal: { startedAt, found: counts, remaining: counts, finalizersCleared: pressed.cleared },
    };
  },
};

/** Returns why upstream refused, where it did: the others need not wait for that. */
async function askToGo(upstream: UpstreamClient, { namespaces, found }: Sweep, tenantId: string): Promise<string[]> {
  const there = new Set(namespaces.map(({ metadata }) => metadata.name));
  const refusals: string[] = [];
  const ask = async (collectionPath: string, objects: readonly KubeObject[]) => {
    try {
      await deleteAll(upstream, collectionPath, objects);
    } catch (thrown) {
      if (!isUpstreamError(thrown) || thrown.reason === 'Unreachable') throw thrown;
      refusals.push(thrown.message);
    }
  };
  await ask(NAMESPACES, namespaces);
  await inParallel(found, CONCURRENCY, async ({ kind, objects }) => {
    // Upstream deletes those with their CRD.
    if (!kind.namespaced && isOwnGroup(kind.group, tenantId)) return;
    if (!kind.namespaced) return await ask(kind.path, objects);
    // Upstream has emptied their namespace without knowing of them: a version of a CRD that was not served.
    for (const object of objects) {
      const { namespace = '' } = object.metadata;
      if (!there.has(namespace)) await ask(collectionOf(kind, namespace), [object]);
    }
  });
  return refusals;
}

function collectionOf(kind: DiscoveredResource, namespace: string): string {
  return pathOfObject(kind, { metadata: { namespace, name: '' } }).slice(0, -1);
}

async function press(
  upstream: UpstreamClient,
  { found }: Sweep,
  all: readonly DiscoveredResource[],
  tenantId: string,
  patience: Patience,
): Promise<{ cleared: number; problems: string[] }> {
  let cleared = 0;
  let refused = false;
  const problems: string[] = [];
  const objects = found.flatMap(({ kind, objects }) => objects.map((object) => ({ kind, object })));
  await inParallel(objects, CONCURRENCY, async ({ kind, object }) => {
    try {
      const count = await pressOn(upstream, kind, object, patience);
      cleared += count;
    } catch (thrown) {
      if (!isUpstreamError(thrown)) throw thrown;
      // The others need not wait for this one.
      problems.push(thrown.message);
      if (isOwnGroup(kind.group, tenantId)) refused = true;
    }
  });
  const definitions = all.find(({ resource, group }) => resource === 'customresourcedefinitions' && group === 'apiextensions.k8s.io');
  if (refused && definitions) await loosenDefinitions(upstream, definitions, tenantId, true);
  return { cleared, problems };
}
