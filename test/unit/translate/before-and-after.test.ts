import assert from 'node:assert/strict';
import { contextOf, type Json, LAST_APPLIED, rowOf, toTenant, toUpstream } from './both-ways.ts';

/** As a tenant writes it, and as it stands upstream. `kind` and `apiVersion` are added to both. */
interface Case {
  readonly tenant: Json;
  readonly upstream: Json;
  /** In the request's path; `default` unless it says so. */
  readonly namespace?: string;
}

const cases: Record<string, Case> = {
  namespaces: {
    tenant: { metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', team: 'a' } } },
    upstream: {
      metadata: { name: 'demo01-shop', labels: { 'kubernetes.io/metadata.name': 'demo01-shop', team: 'a', 'kubezoo.io/tenant': 'demo01' } },
    },
  },
  pods: {
    tenant: {
      metadata: {
        name: 'demo01-x',
        generateName: 'demo01-',
        namespace: 'shop',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'demo01-rs' }],
      },
      spec: {
        serviceAccountName: 'demo01-sa',
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['shop', 'other'], namespaceSelector: {}, topologyKey: 'zone' }],
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                podAffinityTerm: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }, topologyKey: 'zone' },
              },
            ],
          },
        },
        volumes: [
          {
            name: 'v',
            ephemeral: { volumeClaimTemplate: { spec: { dataSourceRef: { kind: 'K', name: 'demo01-n', namespace: 'shop' } } } },
          },
        ],
      },
    },
    upstream: {
      metadata: {
        name: 'demo01-x',
        generateName: 'demo01-',
        namespace: 'demo01-shop',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'demo01-rs' }],
      },
      spec: {
        serviceAccountName: 'demo01-sa',
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                namespaces: ['demo01-shop', 'demo01-other'],
                namespaceSelector: { matchLabels: { 'kubezoo.io/tenant': 'demo01' } },
                topologyKey: 'zone',
              },
            ],
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                podAffinityTerm: {
                  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'demo01-shop', 'kubezoo.io/tenant': 'demo01' } },
                  topologyKey: 'zone',
                },
              },
            ],
          },
        },
        volumes: [
          {
            name: 'v',
            ephemeral: { volumeClaimTemplate: { spec: { dataSourceRef: { kind: 'K', name: 'demo01-n', namespace: 'demo01-shop' } } } },
          },
        ],
      },
    },
  },
  'apps/deployments': {
    tenant: {
      metadata: {
        name: 'web',
        namespace: 'shop',
        annotations: {
          [LAST_APPLIED]:
            '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":9007199254740993}}\n',
        },
      },
      spec: {
        template: { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['shop'] }] } } } },
      },
    },
    upstream: {
      metadata: {
        name: 'web',
        namespace: 'demo01-shop',
        annotations: {
          [LAST_APPLIED]:
            '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"demo01-shop"},"spec":{"replicas":9007199254740993}}\n',
        },
      },
      spec: {
        template: {
          spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['demo01-shop'] }] } } },
        },
      },
    },
  },
  persistentvolumeclaims: {
    tenant: { metadata: { name: 'c', namespace: 'shop' }, spec: { volumeName: 'nfs-1', storageClassName: 'fast' } },
    upstream: { metadata: { name: 'c', namespace: 'demo01-shop' }, spec: { volumeName: 'demo01-nfs-1', storageClassName: 'demo01-fast' } },
  },
  'persistentvolumeclaims of a provisioned volume': {
    tenant: { metadata: { name: 'c', namespace: 'shop' }, spec: { volumeName: 'pvc-3e66cf0c-a274-42e3-8244-45aa51438470' } },
    upstream: { metadata: { name: 'c', namespace: 'demo01-shop' }, spec: { volumeName: 'pvc-3e66cf0c-a274-42e3-8244-45aa51438470' } },
  },
  persistentvolumes: {
    tenant: {
      metadata: { name: 'nfs-1' },
      spec: { claimRef: { namespace: 'shop', name: 'c' }, csi: { nodePublishSecretRef: { name: 's', namespace: 'shop' } } },
    },
    upstream: {
      metadata: { name: 'demo01-nfs-1', labels: { 'kubezoo.io/tenant': 'demo01' } },
      spec: { claimRef: { namespace: 'demo01-shop', name: 'c' }, csi: { nodePublishSecretRef: { name: 's', namespace: 'demo01-shop' } } },
    },
  },
  serviceaccounts: {
    tenant: { metadata: { name: 'sa', namespace: 'shop' }, secrets: [{ name: 'demo01-s', namespace: 'shop' }] },
    upstream: { metadata: { name: 'sa', namespace: 'demo01-shop' }, secrets: [{ name: 'demo01-s', namespace: 'demo01-shop' }] },
  },
  endpoints: {
    tenant: {
      metadata: { name: 'e', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '10.0.0.1', targetRef: { kind: 'Pod', name: 'p', namespace: 'shop' } }] }],
    },
    upstream: {
      metadata: { name: 'e', namespace: 'demo01-shop' },
      subsets: [{ addresses: [{ ip: '10.0.0.1', targetRef: { kind: 'Pod', name: 'p', namespace: 'demo01-shop' } }] }],
    },
  },
  events: {
    tenant: {
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'demo01-p', namespace: 'default' },
      related: { kind: 'Namespace', name: 'shop' },
    },
    upstream: {
      metadata: { name: 'e', namespace: 'demo01-default' },
      involvedObject: { kind: 'Pod', name: 'demo01-p', namespace: 'demo01-default' },
      related: { kind: 'Namespace', name: 'demo01-shop' },
    },
  },
  'events about what has no namespace': {
    tenant: { metadata: { name: 'e', namespace: 'default' }, involvedObject: { kind: 'PersistentVolume', name: 'nfs-1' } },
    upstream: {
      metadata: { name: 'e', namespace: 'demo01-default' },
      involvedObject: { kind: 'PersistentVolume', name: 'demo01-nfs-1', namespace: 'demo01-default' },
    },
  },
  'events about what has no namespace, where upstream takes none': {
    tenant: { metadata: { name: 'e', namespace: 'shop' }, involvedObject: { kind: 'PersistentVolume', name: 'nfs-1' } },
    upstream: { metadata: { name: 'e', namespace: 'demo01-shop' }, involvedObject: { kind: 'PersistentVolume', name: 'demo01-nfs-1' } },
    namespace: 'shop',
  },
  'networking.k8s.io/ingresses': {
    tenant: {
      metadata: { name: 'i', namespace: 'shop', annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
      spec: { ingressClassName: 'nginx' },
    },
    upstream: {
      metadata: { name: 'i', namespace: 'demo01-shop', annotations: { 'kubernetes.io/ingress.class': 'demo01-nginx' } },
      spec: { ingressClassName: 'demo01-nginx' },
    },
  },
  'networking.k8s.io/networkpolicies': {
    tenant: {
      metadata: { name: 'n', namespace: 'shop' },
      spec: {
        ingress: [{ from: [{ namespaceSelector: {} }, { namespaceSelector: null }, { podSelector: {} }] }],
        egress: [
          {
            to: [
              { namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['a', 'b'] }] } },
            ],
          },
        ],
      },
    },
    upstream: {
      metadata: { name: 'n', namespace: 'demo01-shop' },
      spec: {
        ingress: [
          {
            from: [
              { namespaceSelector: { matchLabels: { 'kubezoo.io/tenant': 'demo01' } } },
              { namespaceSelector: null },
              { podSelector: {} },
            ],
          },
        ],
        egress: [
          {
            to: [
              {
                namespaceSelector: {
                  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['demo01-a', 'demo01-b'] }],
                  matchLabels: { 'kubezoo.io/tenant': 'demo01' },
                },
              },
            ],
          },
        ],
      },
    },
  },
  'rbac.authorization.k8s.io/rolebindings': {
    tenant: {
      metadata: { name: 'rb', namespace: 'default' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'ServiceAccount', name: 'sa', namespace: 'shop' },
        { kind: 'ServiceAccount', name: 'sa' },
        { kind: 'User', name: 'system:serviceaccount:shop:sa', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'Group', name: 'system:masters', apiGroup: 'rbac.authorization.k8s.io' },
      ],
    },
    upstream: {
      metadata: { name: 'rb', namespace: 'demo01-default' },
      roleRef: { kind: 'ClusterRole', name: 'demo01-view' },
      subjects: [
        {
          kind: 'User',
          apiGroup: 'rbac.authorization.k8s.io',
          name: 'kubezoo:demo01:system:serviceaccount:shop:sa',
          namespace: 'demo01-shop',
        },
        {
          kind: 'User',
          apiGroup: 'rbac.authorization.k8s.io',
          name: 'kubezoo:demo01:system:serviceaccount:default:sa',
          namespace: 'demo01-',
        },
        { kind: 'User', name: 'kubezoo:demo01:system:serviceaccount:shop:sa', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'Group', name: 'kubezoo:demo01:system:masters', apiGroup: 'rbac.authorization.k8s.io' },
      ],
    },
  },
  'rbac.authorization.k8s.io/rolebindings to a Role': {
    tenant: { metadata: { name: 'rb', namespace: 'shop' }, roleRef: { kind: 'Role', name: 'demo01-r' } },
    upstream: { metadata: { name: 'rb', namespace: 'demo01-shop' }, roleRef: { kind: 'Role', name: 'demo01-r' } },
  },
  'rbac.authorization.k8s.io/clusterroles': {
    tenant: {
      metadata: { name: 'system:reader', labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true', app: 'a' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }] },
      rules: [
        { apiGroups: [''], resources: ['namespaces'], resourceNames: ['shop'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], resourceNames: ['p'], verbs: ['get'] },
        { apiGroups: ['*'], resources: ['*'], resourceNames: ['x', 'x'], verbs: ['get'] },
        { apiGroups: [''], resources: ['users', 'groups'], resourceNames: ['jane', ''], verbs: ['impersonate'] },
        { apiGroups: [''], resources: ['users', 'serviceaccounts'], resourceNames: ['bot'], verbs: ['impersonate'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['uids', 'userextras/a'], resourceNames: ['7'], verbs: ['impersonate'] },
        { apiGroups: ['example.com'], resources: ['users'], resourceNames: ['jane'], verbs: ['get'] },
      ],
    },
    upstream: {
      metadata: {
        name: 'demo01-system:reader',
        labels: { 'rbac.authorization.k8s.io/demo01-aggregate-to-admin': 'true', 'demo01-app': 'a', 'kubezoo.io/tenant': 'demo01' },
      },
      aggregationRule: {
        clusterRoleSelectors: [
          { matchLabels: { 'rbac.authorization.k8s.io/demo01-aggregate-to-view': 'true', 'kubezoo.io/tenant': 'demo01' } },
        ],
      },
      rules: [
        { apiGroups: [''], resources: ['namespaces'], resourceNames: ['demo01-shop'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], resourceNames: ['p'], verbs: ['get'] },
        {
          apiGroups: ['*'],
          resources: ['*'],
          resourceNames: ['x', 'x', 'demo01-x', 'demo01-x', 'kubezoo:demo01:x', 'kubezoo:demo01:x'],
          verbs: ['get'],
        },
        { apiGroups: [''], resources: ['users', 'groups'], resourceNames: ['kubezoo:demo01:jane', ''], verbs: ['impersonate'] },
        { apiGroups: [''], resources: ['users', 'serviceaccounts'], resourceNames: ['bot', 'kubezoo:demo01:bot'], verbs: ['impersonate'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['uids', 'userextras/a'], resourceNames: ['7'], verbs: ['impersonate'] },
        { apiGroups: ['demo01-example.com'], resources: ['users'], resourceNames: ['jane'], verbs: ['get'] },
      ],
    },
  },
  'rbac.authorization.k8s.io/clusterroles without labels': {
    tenant: { metadata: { name: 'r' }, rules: [] },
    upstream: { metadata: { name: 'demo01-r', labels: { 'kubezoo.io/tenant': 'demo01' } }, rules: [] },
  },
  'batch/cronjobs': {
    tenant: { metadata: { name: 'c', namespace: 'shop' }, status: { active: [{ kind: 'Job', namespace: 'shop', name: 'demo01-j' }] } },
    upstream: {
      metadata: { name: 'c', namespace: 'demo01-shop' },
      status: { active: [{ kind: 'Job', namespace: 'demo01-shop', name: 'demo01-j' }] },
    },
  },
  'authorization.k8s.io/selfsubjectaccessreviews': {
    tenant: {
      spec: {
        resourceAttributes: {
          namespace: 'shop',
          verb: 'list',
          resource: 'namespaces',
          name: 'shop',
          fieldSelector: { rawSelector: 'metadata.name!=x' },
          labelSelector: { requirements: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a'] }] },
        },
      },
    },
    upstream: {
      spec: {
        resourceAttributes: {
          namespace: 'demo01-shop',
          verb: 'list',
          resource: 'namespaces',
          name: 'demo01-shop',
          fieldSelector: { rawSelector: 'metadata.name!=demo01-x' },
          labelSelector: { requirements: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['demo01-a'] }] },
        },
      },
    },
  },
  'authorization.k8s.io/subjectaccessreviews': {
    tenant: {
      spec: { user: 'alice', groups: ['devs', 'system:authenticated'], resourceAttributes: { resource: 'pods', name: 'demo01-p' } },
    },
    upstream: {
      spec: {
        user: 'kubezoo:demo01:alice',
        groups: ['kubezoo:demo01:devs', 'kubezoo:demo01:system:authenticated'],
        resourceAttributes: { resource: 'pods', name: 'demo01-p' },
      },
    },
  },
};

describe('as the tenant writes it, and as it stands upstream', () => {
  for (const [label, { tenant, upstream, namespace = 'default' }] of Object.entries(cases)) {
    const row = rowOf(label.split(' ', 1)[0]!);
    const type = { apiVersion: row.group ? `${row.group}/v1` : 'v1', kind: row.kind };
    it(label, () => {
      const context = contextOf({ requestNamespace: namespace });
      assert.deepEqual(toUpstream(row, { ...type, ...tenant }, { context }), { ...type, ...upstream });
      assert.deepEqual(toTenant(row, { ...type, ...upstream }), { ...type, ...tenant });
    });
  }
});

describe("only upstream's answers hold", () => {
  it('texts that name upstream names', () => {
    const event = {
      kind: 'Event',
      metadata: { namespace: 'demo01-a' },
      message: 'Created pod: demo01-a/x',
      reason: 'R',
      involvedObject: { kind: 'Pod', name: 'x' },
    };
    assert.equal(toTenant(rowOf('events'), event).message, 'Created pod: a/x');
    const namespace = {
      kind: 'Namespace',
      metadata: { name: 'demo01-a' },
      status: { conditions: [{ message: 'pods in demo01-a remain' }] },
    };
    assert.deepEqual(toTenant(rowOf('namespaces'), namespace).status, { conditions: [{ message: 'pods in a remain' }] });
  });

  it("the platform's labels, annotations and managed fields", () => {
    const fieldsV1 = { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubezoo.io/tenant': {}, 'f:team': {} } } };
    const seen = toTenant(rowOf('namespaces'), {
      kind: 'Namespace',
      metadata: {
        name: 'demo01-a',
        labels: { 'kubezoo.io/tenant': 'demo01', team: 'x' },
        annotations: { 'kubezoo.io/since': 'y', note: 'z' },
        managedFields: [
          { manager: 'kubectl', fieldsV1 },
          { manager: 'controller', fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubezoo.io/tenant': {} } } } },
        ],
        selfLink: '/api/v1/namespaces/demo01-a',
      },
    });
    assert.deepEqual(seen.metadata, {
      name: 'a',
      labels: { team: 'x' },
      annotations: { note: 'z' },
      managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:team': {} } } } }],
    });
  });

  it('who somebody is, with no group twice', () => {
    const userInfo = {
      username: 'kubezoo:demo01:alice',
      groups: ['kubezoo:demo01:devs', 'kubezoo:demo01:system:authenticated', 'system:authenticated'],
    };
    const seen = toTenant(rowOf('authentication.k8s.io/selfsubjectreviews'), {
      kind: 'SelfSubjectReview',
      metadata: {},
      status: { userInfo },
    });
    assert.deepEqual(seen.status, { userInfo: { username: 'alice', groups: ['devs', 'system:authenticated'] } });
  });

  it('why a review says what it says', () => {
    const row = rowOf('authorization.k8s.io/subjectaccessreviews');
    const reasonOf = (reason: string) => (toTenant(row, { kind: 'SubjectAccessReview', status: { reason } }).status as Json).reason;
    assert.equal(
      reasonOf(
        'RBAC: allowed by RoleBinding "rb/demo01-a" of ClusterRole "demo01-view" to User "kubezoo:demo01:system:serviceaccount:a:sa"',
      ),
      'RBAC: allowed by RoleBinding "rb/a" of ClusterRole "view" to ServiceAccount "sa/a"',
    );
    assert.equal(
      reasonOf(
        'RBAC: allowed by ClusterRoleBinding "kubezoo:demo01" of ClusterRole "kubezoo:tenant" to Group "kubezoo:demo01:tenant-admins"',
      ),
      '',
    );
  });

  it('references that are not the tenant’s, as they are', () => {
    const claim = { kind: 'PersistentVolumeClaim', metadata: { namespace: 'demo01-a' }, spec: { volumeName: 'platform-volume' } };
    assert.deepEqual(toTenant(rowOf('persistentvolumeclaims'), claim).spec, { volumeName: 'platform-volume' });
    const binding = {
      kind: 'RoleBinding',
      metadata: { namespace: 'demo01-a' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'operator' },
        { kind: 'User', name: 'kubezoo:demo02:alice' },
      ],
    };
    const { roleRef, subjects } = toTenant(rowOf('rbac.authorization.k8s.io/rolebindings'), binding);
    assert.deepEqual([roleRef, subjects], [binding.roleRef, binding.subjects]);
  });
});
