import { GATEWAY_RULES, SIDECAR_RULES } from '../../../upstream/platform-rules.ts';
import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';
import { attributesOf, deniedOf, describeRight, excessOf, type Rule, readRules } from '../rights.ts';

const ROLE = 'the ClusterRole kubezoo:gateway in docs/cli.md';

/** The group system:monitoring, by which kube-apiserver goes on with the gateway's traces (decision 40): figures and health, no objects. */
const MONITORING: readonly Rule[] = [
  {
    verbs: ['get'],
    nonResourceURLs: [
      ...['/healthz', '/livez', '/readyz'].flatMap((path) => [path, `${path}/*`]),
      ...['/metrics', '/metrics/slis', '/statusz', '/flagz'],
    ],
  },
  { verbs: ['get'], apiGroups: [''], resources: ['nodes/metrics'] },
];

/** Enough, and no more: who takes the gateway over, has what it has. */
export const gatewayRights: Check = {
  name: 'gateway-rights',
  title: "gateway's rights",
  about: "the gateway's identity upstream has the rights that it needs, and no more",
  run: (context) => eachUpstream(context, lookAtRights),
};

async function lookAtRights({ gateway, gatewayKubeconfig, controllerKubeconfig }: DoctorUpstream): Promise<Finding[]> {
  // In a pod the sidecar has one identity for all that it does.
  const rules = gatewayKubeconfig === controllerKubeconfig ? [...GATEWAY_RULES, ...SIDECAR_RULES] : GATEWAY_RULES;
  const [denied, { rules: present, incomplete }] = await Promise.all([deniedOf(gateway, rules.flatMap(attributesOf)), readRules(gateway)]);
  const findings: Finding[] = [];
  if (denied.length > 0) {
    findings.push(failure(`it may not ${someOf(denied.map(describeRight))}`, `bind ${ROLE} to the user of gatewayKubeconfig`));
  }
  const excess = excessOf(present, [...rules, ...MONITORING]);
  if (excess.length > 0) {
    findings.push(warning(`it may do more than it needs: ${someOf(excess)}`, `give it a user of its own, with ${ROLE} and nothing else`));
  }
  if (incomplete) findings.push(warning('upstream does not tell all its rights', 'an authorizer beside RBAC may grant more'));
  return findings.length > 0 ? findings : [ok('what it needs, and nothing more')];
}
