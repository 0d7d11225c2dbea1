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
    ['a group', 'no matches for kind "Widget" in version "demo01-acme.io/v1"', 'no matches for kind "Widget" in version "acme.io/v1"'],
    ['a resource of a group', 'widgets.demo01-acme.io "w" not found', 'widgets.acme.io "w" not found'],
    ['a kind of a group', 'Widget.demo01-acme.io "demo01-w" is invalid', 'Widget.acme.io "w" is invalid'],
    ['a resource in a version', 'count/widgets.v1beta1.demo01-acme.io=1', 'count/widgets.v1beta1.acme.io=1'],
    ['a group that begins with the prefix', 'widgets.demo01-demo01-acme.io', 'widgets.demo01-acme.io'],
    [
      'behind a name with dots',
      'a.b.demo01-acme.io x1.v.demo01-acme.io -a.demo01-acme.io',
      'a.b.demo01-acme.io x1.v.demo01-acme.io -a.demo01-acme.io',
    ],
    ["another tenant's group", 'widgets.demo02-acme.io', 'widgets.demo02-acme.io'],
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

  it('of definitions loses the prefix behind any dot', () => {
    const text = 'metadata.name: Invalid value: "widgets.demo01-acme": must be spec.names.plural+"."+spec.group';
    assert.equal(textToTenant(ID, text, 'definitions'), text.replace('demo01-', ''));
    assert.equal(textToTenant(ID, text), text);
  });

  it('takes time in proportion to the length', function () {
    this.timeout(120_000);
    const hostile = [
      'demo01-'.repeat(200_000),
      'kubezoo:demo01:'.repeat(100_000),
      `ValidatingAdmissionPolicy '`.repeat(50_000),
      `ValidatingAdmissionPolicy 'a' with binding 'b`.repeat(30_000),
      `demo01groups=["${'" "'.repeat(200_000)}`,
      'admission webhook "'.repeat(70_000),
      'a.demo01-'.repeat(200_000),
      `${'a'.repeat(60)}.demo01-`.repeat(30_000),
      `a.demo01-${'a'.repeat(100_000)}`.repeat(10),
    ];
    for (const text of hostile) {
      const start = performance.now();
      textToTenant(ID, text);
      assert.ok(performance.now() - start < 5000, text.slice(0, 40));
    }
  });
});
