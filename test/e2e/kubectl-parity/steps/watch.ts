import type { Step } from '../step.ts';
import { OTHERS } from './others.ts';

/** Watches run beside the steps that make their events; each has shown its first object before anything happens. */
export const WATCH: readonly Step[] = [
  { command: 'create configmap watched -n shop --from-literal=step=0' },
  { command: 'label configmap watched -n shop watched=yes' },
  { command: 'label namespace shop watched=yes' },
  {
    command: 'get configmaps -n shop -l watched=yes --watch --output-watch-events -o yaml',
    background: 'by label',
    until: /step: "0"/,
  },
  { command: 'get configmaps -A -l watched=yes --watch', background: 'everywhere', until: /watched/ },
  { command: 'get namespaces -l watched=yes --watch --output-watch-events', background: 'namespaces', until: /shop/ },
  {
    command:
      'get configmaps -n shop --watch --field-selector=metadata.name=watched -o jsonpath={.metadata.namespace}/{.metadata.name}={.data.step};',
    background: 'by name',
    until: /=0/,
  },
  { command: `patch configmap watched -n shop -p '{"data":{"step":"1"}}'` },
  { command: 'create configmap elsewhere -n depot --from-literal=step=1' },
  { command: 'label configmap elsewhere -n depot watched=yes' },
  { command: `patch configmap watched -n shop -p '{"data":{"step":"2"}}'` },
  { command: 'label namespace shop watched-' },
  { command: 'delete configmap watched -n shop' },
  { command: 'delete configmap elsewhere -n depot' },
  { command: '', collects: 'by label', until: /DELETED/ },
  { command: '', collects: 'everywhere', until: /(?:^depot +elsewhere[\s\S]*){2}/m, differences: [OTHERS] },
  { command: '', collects: 'namespaces', until: /^DELETED +shop/m, differences: [OTHERS] },
  { command: '', collects: 'by name', until: /(?:=2;.*){2}/s },
  { command: 'get configmap list-one -n shop --watch --request-timeout=2s', note: 'until it times out', shows: /list-one/ },
];
