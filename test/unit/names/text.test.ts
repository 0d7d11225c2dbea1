import assert from 'node:assert/strict';
import { textToTenant } from '../../../src/names/text.ts';

const ID = 'demo01';

describe('textToTenant', () => {
  const cases: readonly (readonly [label: string, upstream: string, tenant: string])[] = [
    ['a quoted name', 'namespaces "demo01-x" not found', 'namespaces "x" not found'],
    ['a name in a path', 'Get /api/v1/namespaces/demo01-x/pods', 'Get /api/v1/namespaces/x/pods'],
    ['a ServiceAccount', 'system:serviceaccount:demo01-ns:sa', 'system:serviceaccount:ns:sa'],
    ['the whole text', 'demo01-x', 'x'],
    ['two names', 'demo01-a, demo01-b', 'a, b'],
    ['a user', 'User "kubezoo:demo01:alice" cannot list', 'User "alice" cannot list'],
    ['a user that begins with the prefix', 'User "kubezoo:demo01:demo01-x"', 'User "demo01-x"'],
    ['a part of a longer name', 'app-demo01-x', 'app-demo01-x'],
    ['a part of a longer word', 'xdemo01-x', 'xdemo01-x'],
    ['behind a dot', 'a.demo01-x', 'a.demo01-x'],
    ['the prefix with nothing behind it', '"demo01-" "demo01--x"', '"demo01-" "demo01--x"'],
    ['the id without a dash', 'demo01 demo01x', 'demo01 demo01x'],
    ["another tenant's name", 'demo02-x "kubezoo:demo02:a"', 'demo02-x "kubezoo:demo02:a"'],
    ['a name that holds the prefix twice', 'demo01-demo01-x', 'demo01-x'],
    [
      'groups that become one',
      '(groups=["kubezoo:demo01:system:authenticated" "system:authenticated"]) is',
      '(groups=["system:authenticated"]) is',
    ],
    ['groups, unfinished', 'groups=["kubezoo:demo01:a', 'groups=["a'],
    [
      'a policy that denied',
      `pods "p" is forbidden: ValidatingAdmissionPolicy 'kubezoo-confine' with binding 'kubezoo-confine' denied request: outside the tenant`,
      'pods "p" is forbidden: outside the tenant',
    ],
    ['a policy that warned', `Validation failed for ValidatingAdmissionPolicy 'kubezoo-a' with binding 'b': careful`, 'careful'],
    ['a webhook that denied', 'admission webhook "policy.platform.io" denied the request: no', 'no'],
    ['a word about admission', 'admission is free', 'admission is free'],
  ];
  for (const [label, upstream, tenant] of cases) {
    it(label, () => assert.equal(textToTenant(ID, upstream), tenant));
  }

  it('takes time in proportion to the length', function () {
    this.timeout(60_000);
    const hostile = [
      'demo01-'.repeat(200_000),
      'kubezoo:demo01:'.repeat(100_000),
      `ValidatingAdmissionPolicy '`.repeat(50_000),
      `ValidatingAdmissionPolicy 'a' with binding 'b`.repeat(30_000),
      `demo01groups=["${'" "'.repeat(200_000)}`,
      'admission webhook "'.repeat(70_000),
    ];
    for (const text of hostile) {
      const start = performance.now();
      textToTenant(ID, text);
      assert.ok(performance.now() - start < 5000, text.slice(0, 40));
    }
  });
});
