import { GATEWAY_RBAC } from '../../../launch/embedded/gateway-rbac.ts';
import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';
import { type Attributes, deniedOf, describeRight, excessOf, type Rule, readRules } from '../rights.ts';

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

async function lookAtRights({ gateway }: DoctorUpstream): Promise<Finding[]> {
  const { rules } = GATEWAY_RBAC[0].object;
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

function attributesOf(rule: (typeof GATEWAY_RBAC)[0]['object']['rules'][number]): Attributes[] {
  const { verbs } = rule;
  if ('nonResourceURLs' in rule) return rule.nonResourceURLs.flatMap((path) => verbs.map((verb) => ({ path, verb })));
  const { apiGroups, resources } = rule;
  return apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))));
}
