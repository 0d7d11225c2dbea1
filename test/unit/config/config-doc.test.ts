import assert from 'node:assert/strict';
import { SETTINGS } from '../../../src/config/config.ts';
import { fieldsFromEnvironment } from '../../../src/config/from-environment.ts';
import { ruleOf, SETTING_RULES } from '../../../src/config/setting-rules.ts';
import { readConfigDoc, settingsOf } from './config-doc.ts';

describe('settings', () => {
  it('have a rule each, that says whether they are reloaded', () => {
    assert.deepEqual(Object.keys(SETTING_RULES).sort(), [...SETTINGS].sort());
    assert.throws(() => ruleOf(['noSuch']), /no rule/);
  });

  it('have a rule for fields that there are', () => {
    const names = new Set(settingsOf().map(({ path }) => path.join('.')));
    for (const [key, { except = [] }] of Object.entries(SETTING_RULES)) for (const field of except) assert.ok(names.has(`${key}.${field}`));
  });

  it('are all described', () => {
    assert.ok(settingsOf().length > 60);
    assert.deepEqual(
      settingsOf()
        .filter(({ node }) => !/^\S.*\.$/s.test(node.description ?? ''))
        .map(({ path }) => path.join('.')),
      [],
    );
  });

  it('are in docs/configuration.md as they are (node test/unit/config/write-config-doc.ts)', () => {
    const { present, wanted } = readConfigDoc();
    assert.ok(present.includes('`limits.slots`'));
    assert.equal(present, wanted);
  });

  it('are set by the variables that stand there', () => {
    const rows = [...readConfigDoc().present.matchAll(/^\| `([^`]+)` \|.*\| `(KUBEZOO_CONFIG_[A-Z_<>]+)` \| /gm)];
    assert.ok(rows.length > 60);
    for (const [, setting, variable] of rows) {
      assert.deepEqual(fieldsFromEnvironment({ [variable!]: '1' })[0]!.path.join('.'), setting);
    }
  });
});
