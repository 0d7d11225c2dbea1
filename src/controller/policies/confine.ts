import { validatingPolicy } from './policy.ts';

export const CONFINE_POLICY_NAME = 'kubezoo-confine';

/** A group of the form `<id>-…`, whose ever: of those, a tenant touches its own only. */
const ANY_TENANT_GROUP = 'request.resource.group.matches("^[a-z0-9][a-z0-9-]{4}[a-z0-9]-")';

/**
 * The second line behind the gateway: whatever a tenant's user writes, deletes or connects to lies inside the tenant.
 *
 * Two things no admission policy is shown (kube-apiserver keeps them out, so that a policy cannot lock a cluster up):
 * the policies and bindings themselves, and the reviews of authentication.k8s.io and authorization.k8s.io. Those the
 * gateway alone refuses. Reads never reach admission.
 */
export const confinePolicy = validatingPolicy({
  name: CONFINE_POLICY_NAME,
  rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }],
  variables: [
    { name: 'resource', expression: 'request.resource.resource' },
    { name: 'subresource', expression: 'has(request.subResource) ? request.subResource : ""' },
    { name: 'isCore', expression: 'request.resource.group == ""' },
    { name: 'isNamespace', expression: 'variables.isCore && variables.resource == "namespaces"' },
    { name: 'inNamespace', expression: 'has(request.namespace) ? request.namespace : ""' },
    {
      // Without a name in the request: a collection is deleted, object by object; or the server has just made up the name.
      name: 'objectName',
      expression: `has(request.name) && request.name != "" ? request.name
        : object != null && has(object.metadata) && has(object.metadata.name) ? object.metadata.name
        : oldObject != null && has(oldObject.metadata) && has(oldObject.metadata.name) ? oldObject.metadata.name
        : ""`,
    },
    {
      name: 'isDefinition',
      expression: 'request.resource.group == "apiextensions.k8s.io" && variables.resource == "customresourcedefinitions"',
    },
    {
      // A CRD is called after its group: widgets.<id>-acme.io. One without a dot is none, which upstream says better.
      name: 'isOwnName',
      expression:
        'variables.isDefinition && variables.objectName.contains(".") ? variables.objectName.matches("^[^.]+[.]" + variables.prefix) : variables.objectName.startsWith(variables.prefix)',
    },
    { name: 'isOwnGroup', expression: 'request.resource.group.startsWith(variables.prefix)' },
  ],
  validations: [
    {
      expression:
        'variables.tenantId != "" && (!has(request.userInfo.groups) || request.userInfo.groups.all(g, g in ["system:authenticated", "system:unauthenticated"] || g.startsWith(variables.identityPrefix)))',
      message: 'the user is not one of a single tenant',
    },
    {
      expression: `variables.isNamespace ? variables.objectName.startsWith(variables.prefix) && (variables.inNamespace == "" || variables.inNamespace == variables.objectName)
        : variables.inNamespace != "" ? variables.inNamespace.startsWith(variables.prefix)
        : variables.isOwnGroup || variables.isOwnName`,
      message: 'this is outside of your cluster',
    },
    {
      // A policy or webhook of the tenant's may have changed it since.
      expression: `variables.subresource != "" || object == null || !has(object.metadata) || !has(object.metadata.name)
        || !has(request.name) || request.name == "" || object.metadata.name == request.name`,
      message: 'the name of an object cannot be changed on its way',
    },
    {
      expression: `variables.isOwnGroup || !${ANY_TENANT_GROUP}`,
      message: 'this API group is outside of your cluster',
    },
    {
      expression:
        '!(variables.isCore && (variables.resource == "bindings" || variables.resource == "pods" && variables.subresource == "binding"))',
      message: 'pods are placed on nodes by the platform',
    },
    {
      expression: '!(variables.isCore && variables.resource == "nodes")',
      message: 'nodes are managed by the platform',
    },
    {
      // As Kubernetes does with its own three.
      expression:
        '!(variables.isNamespace && request.operation == "DELETE" && variables.objectName in [variables.prefix + "default", variables.prefix + "kube-system", variables.prefix + "kube-public"])',
      message: 'this namespace may not be deleted',
    },
  ],
});
