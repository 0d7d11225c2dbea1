import assert from 'node:assert/strict';
import { conformanceDocument } from '../../conformance/document.ts';
import { readOutcomes } from '../../conformance/outcomes.ts';
import { isAsMeant, judge, percentage } from '../../conformance/verdict.ts';

const report = JSON.stringify([
  {
    SpecReports: [
      {
        ContainerHierarchyTexts: ['[sig-a] A'],
        LeafNodeType: 'It',
        LeafNodeText: 'works [Conformance] [Label]',
        State: 'passed',
        RunTime: 2e9,
      },
      {
        ContainerHierarchyTexts: ['[sig-a] B'],
        LeafNodeType: 'It',
        LeafNodeText: 'works [Conformance]',
        State: 'failed',
        RunTime: 1e9,
        Failure: { Message: 'no such kind\nat line 3' },
      },
      { ContainerHierarchyTexts: null, LeafNodeType: 'It', LeafNodeText: 'C [Conformance]', State: 'skipped', RunTime: 0 },
      { ContainerHierarchyTexts: null, LeafNodeType: 'ReportAfterSuite', LeafNodeText: '', State: 'passed', RunTime: 0 },
    ],
  },
]);
const [A, B, C] = ['[sig-a] A works [Conformance]', '[sig-a] B works [Conformance]', 'C [Conformance]'] as const;

describe("the conformance run's verdict", () => {
  const outcomes = readOutcomes(report);

  it('reads the outcome of what ran, under the name in the list', () => {
    assert.deepEqual(
      [...outcomes],
      [
        [A, { passed: true, failure: '', seconds: 2 }],
        [B, { passed: false, failure: 'no such kind', seconds: 1 }],
      ],
    );
  });

  it('a test that failed or did not run is lost, unless it is meant to fail', () => {
    const verdict = judge([A, B, C], outcomes, { [B]: 'not for tenants' });
    assert.deepEqual([...verdict.lost], [[C, 'did not run']]);
    assert.deepEqual([...verdict.excepted], [[B, 'not for tenants']]);
    assert.equal(isAsMeant(verdict), false);
    assert.equal(isAsMeant(judge([A, B], outcomes, { [B]: 'not for tenants' })), true);
  });

  it('an exception that passes is out of date', () => {
    const verdict = judge([A], outcomes, { [A]: 'not for tenants' });
    assert.deepEqual(verdict.unexpected, [A]);
    assert.equal(isAsMeant(verdict), false);
  });

  it('the share is rounded down', () => {
    assert.equal(percentage(137, 144), '95.1 %');
    assert.equal(percentage(9499, 10000), '94.9 %');
  });

  it('the document has the figure, the reasons and the failures', () => {
    const text = conformanceDocument(judge([A, B, C], outcomes, { [B]: 'not for | tenants' }), 'v1.37.2');
    assert.match(text, /\*\*1 of 3 pass \(33\.3 %\)\*\*/);
    assert.match(text, /\| \[sig-a\] B works \| not for \\\| tenants \|/);
    assert.match(text, /\| C \| did not run \|/);
  });
});
