import { clusterScoped, refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const AUTHENTICATION = { group: 'authentication.k8s.io', versions: ['v1'] } as const;

export const authenticationRows: readonly ResourceRow[] = [
  clusterScoped(AUTHENTICATION, 'selfsubjectreviews', 'SelfSubjectReview', {
    nameless: true,
    fields: { 'status.userInfo.username': 'user', 'status.userInfo.groups': 'groups' },
  }),
  refused(AUTHENTICATION, 'tokenreviews', 'TokenReview', 'reviews of tokens are not offered yet'),
];
