import assert from 'node:assert/strict';
import { styleText } from 'node:util';
import { type Check, failure, ok, someOf, warning } from '../../../../src/cli/doctor/check.ts';
import type { DoctorContext } from '../../../../src/cli/doctor/doctor-context.ts';
import { formatReport, worstOf } from '../../../../src/cli/doctor/format-report.ts';
import { runChecks } from '../../../../src/cli/doctor/run-checks.ts';

const check = (name: string, run: Check['run']): Check => ({ name, title: name, about: '', run });
const CHECKS = [
  check('fine', async () => [ok('all right')]),
  check('odd', async () => [ok('one'), warning('two is odd', 'make it three')]),
  check('broken', async () => {
    throw new Error('no way');
  }),
];
const context = {} as DoctorContext;

describe("the doctor's report", () => {
  it('is plain where no terminal is: each line tells what it is about', async () => {
    assert.equal(
      formatReport(await runChecks(CHECKS, context), false),
      [
        'ok       fine    all right',
        'ok       odd     one',
        'warning  odd     two is odd',
        '                 → make it three',
        'FAILURE  broken  could not be looked at: no way',
        '                 → see what the other checks say: it may be for the same reason',
        '',
        '2 ok, 1 warning, 1 failure',
        '',
      ].join('\n'),
    );
  });
  it('has colours on a terminal, and a title once', async () => {
    const report = formatReport(await runChecks(CHECKS, context), true);
    assert.ok(report.includes(styleText('red', '✖ ', { validateStream: false })));
    assert.equal(report.match(/odd {2,}/g)?.length, 1);
  });
  it('is as bad as the worst that was found', async () => {
    const results = await runChecks(CHECKS, context);
    assert.deepEqual([results.slice(0, 1), results.slice(0, 2), results].map(worstOf), ['ok', 'warning', 'failure']);
    assert.equal(worstOf([{ check: 'x', title: 'x', findings: [failure('a', 'b')] }]), 'failure');
  });
  it('does not tell a hundred names', () => {
    assert.equal(someOf(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
    assert.equal(someOf(['a', 'b', 'c']), 'a, b, c');
  });
});
