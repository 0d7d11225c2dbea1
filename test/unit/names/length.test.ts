import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { checkNameLength, NAME_LIMITS } from '../../../src/names/length.ts';

const NAMESPACE = { kind: 'Namespace', group: '', format: 'label' } as const;
const CLASS = { kind: 'IngressClass', group: 'networking.k8s.io', format: 'subdomain' } as const;
const ROLE = { kind: 'ClusterRole', group: 'rbac.authorization.k8s.io', format: 'segment' } as const;

function refusal(check: () => void): KubeError {
  try {
    check();
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

describe('checkNameLength', () => {
  it('leaves room for the prefix', () => {
    assert.equal(NAME_LIMITS.label, 56);
    assert.equal(NAME_LIMITS.subdomain, 246);
    checkNameLength(NAMESPACE, 'a'.repeat(56));
    checkNameLength(CLASS, 'a'.repeat(246));
  });

  it("states the tenant's own limit, as upstream words it", () => {
    const tenantName = 'a'.repeat(57);
    const error = refusal(() => checkNameLength(NAMESPACE, tenantName));
    assert.equal(error.code, 422);
    assert.equal(
      error.message,
      `Namespace "${tenantName}" is invalid: metadata.name: Invalid value: "${tenantName}": must be no more than 56 characters`,
    );
    assert.deepEqual(error.details, {
      name: tenantName,
      kind: 'Namespace',
      causes: [
        {
          reason: 'FieldValueInvalid',
          message: `Invalid value: "${tenantName}": must be no more than 56 characters`,
          field: 'metadata.name',
        },
      ],
    });
    assert.match(
      refusal(() => checkNameLength(CLASS, 'a'.repeat(247))).message,
      /^IngressClass\.networking\.k8s\.io ".*no more than 246 characters$/,
    );
  });

  it('sees the beginning that the prefix would hide', () => {
    assert.match(refusal(() => checkNameLength(NAMESPACE, '-x')).message, /must start and end with an alphanumeric/);
    assert.match(refusal(() => checkNameLength(CLASS, '.x')).message, /RFC 1123 subdomain/);
    assert.match(refusal(() => checkNameLength(ROLE, '..')).message, /may not be '\.\.'/);
  });

  it('leaves to upstream what upstream sees itself', () => {
    checkNameLength(NAMESPACE, 'Not_Valid');
    checkNameLength(NAMESPACE, '');
    checkNameLength(ROLE, 'system:x');
    checkNameLength(ROLE, 'a'.repeat(1000));
  });
});
