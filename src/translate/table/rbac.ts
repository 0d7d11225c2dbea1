import { clusterScoped, namespaced } from './make-row.ts';
import type { CellRule, Fields, ResourceRow } from './row.ts';

const RBAC = { group: 'rbac.authorization.k8s.io', versions: ['v1'] } as const;

const binding: Fields = { roleRef: 'roleRef', 'subjects[]': 'subject' };
const bindingCells: Readonly<Record<number, CellRule>> = { 1: 'kindAndName', 3: 'users', 4: 'groups', 5: 'serviceAccounts' };

export const rbacRows: readonly ResourceRow[] = [
  namespaced(RBAC, 'roles', 'Role', { fields: { 'rules[]': 'policyRule' } }),
  namespaced(RBAC, 'rolebindings', 'RoleBinding', { fields: binding, cells: bindingCells }),
  clusterScoped(RBAC, 'clusterroles', 'ClusterRole', {
    nameFormat: 'segment',
    fields: { 'rules[]': 'policyRule', 'aggregationRule.clusterRoleSelectors[]': 'clusterRoleSelector' },
  }),
  clusterScoped(RBAC, 'clusterrolebindings', 'ClusterRoleBinding', { nameFormat: 'segment', fields: binding, cells: bindingCells }),
];
