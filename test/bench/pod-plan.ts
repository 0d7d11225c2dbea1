import type { Plan } from '../../src/translate/engine/plan.ts';

/** What a list of pods needs in an answer, by hand: as much work as the real table asks for, and its shape. */
const keys: Plan = { key: (key) => (key.startsWith('internal.example.com/') ? null : key) };

const pod: Plan = {
  unit: { unowned: 'foreign' },
  fields: {
    metadata: {
      fields: {
        namespace: { string: 'own' },
        labels: keys,
        annotations: { ...keys, fields: { 'kubectl.kubernetes.io/last-applied-configuration': { string: (text) => text } } },
        ownerReferences: { items: { capture: { run: (json) => json.replaceAll('demo01-', ''), unlessHolding: 'prefix' } } },
      },
    },
    spec: {
      fields: {
        priorityClassName: { string: 'strip' },
        runtimeClassName: { string: 'strip' },
        volumes: { items: { fields: { hostPath: { drop: true } } } },
      },
    },
  },
};

export const podListPlan: Plan = { fields: { items: { items: pod } } };

interface PodLike {
  metadata: {
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { name: string }[];
  };
  spec: { priorityClassName?: string; runtimeClassName?: string; volumes?: { hostPath?: unknown }[] };
}

const strip = (text: string) => (text.startsWith('demo01-') ? text.slice(7) : text);

/** The same edits the usual way: parse, walk, print. */
export function rewriteByParsing(input: Buffer): Buffer {
  const list = JSON.parse(input.toString()) as { items: PodLike[] };
  list.items = list.items.filter((pod) => pod.metadata.namespace.startsWith('demo01-'));
  for (const { metadata, spec } of list.items) {
    metadata.namespace = strip(metadata.namespace);
    for (const map of [metadata.labels, metadata.annotations]) {
      for (const key in map) if (key.startsWith('internal.example.com/')) delete map[key];
    }
    for (const owner of metadata.ownerReferences ?? []) owner.name = strip(owner.name);
    if (spec.priorityClassName) spec.priorityClassName = strip(spec.priorityClassName);
    if (spec.runtimeClassName) spec.runtimeClassName = strip(spec.runtimeClassName);
    for (const volume of spec.volumes ?? []) if (volume.hostPath) delete volume.hostPath;
  }
  return Buffer.from(JSON.stringify(list));
}
