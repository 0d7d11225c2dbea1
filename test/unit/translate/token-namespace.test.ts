import assert from 'node:assert/strict';
import { responsePlan } from '../../../src/translate/compile.ts';
import { rewriteJson } from '../../../src/translate/engine/json-rewriter.ts';
import { findResource } from '../../../src/translate/table/index.ts';

const CONTEXT = { tenantId: 'demo01', prefix: 'demo01-', foreign: 'drop' } as const;
const base64 = (text: string) => Buffer.from(text).toString('base64');

function secret(name: string, account: string | undefined, namespace: string | undefined) {
  const annotations = account && { 'kubernetes.io/service-account.name': account };
  return {
    metadata: { name, namespace: 'demo01-web', uid: `uid-of-${name}`, ...(annotations && { annotations }) },
    ...(namespace !== undefined && { data: { 'ca.crt': base64('demo01-web'), namespace: base64(namespace) } }),
    type: account ? 'kubernetes.io/service-account-token' : 'Opaque',
  };
}

function shown(...secrets: object[]): string[] {
  const list = { kind: 'SecretList', apiVersion: 'v1', metadata: {}, items: secrets };
  const plan = responsePlan(findResource('', 'v1', 'secrets')!, undefined, { filtered: true });
  const { items } = JSON.parse(rewriteJson(plan, CONTEXT, JSON.stringify(list)).toString('utf8'));
  return items.map(({ data }: { data?: Record<string, string> }) => Buffer.from(data?.namespace ?? '', 'base64').toString());
}

describe('the namespace in a Secret of a ServiceAccount’s token', () => {
  it('is the tenant’s, and nothing else in any Secret is changed', () => {
    assert.deepEqual(shown(secret('token', 'bot', 'demo01-web'), secret('own', undefined, 'demo01-web')), ['web', 'demo01-web']);
    assert.deepEqual(shown(secret('token', 'bot', undefined), secret('own', undefined, 'demo01-web')), ['', 'demo01-web']);
    assert.deepEqual(shown(secret('token', 'bot', 'web'), secret('other', 'bot', 'demo02-web')), ['web', 'demo02-web']);
  });
});
