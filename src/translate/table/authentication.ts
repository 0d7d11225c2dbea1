import { clusterScoped } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const AUTHENTICATION = { group: 'authentication.k8s.io', versions: ['v1'] } as const;

export const authenticationRows: readonly ResourceRow[] = [
  clusterScoped(AUTHENTICATION, 'selfsubjectreviews', 'SelfSubjectReview', {
    nameless: true,
    fields: { 'status.userInfo.username': 'user', 'status.userInfo.groups': 'groups' },
  }),
  // Whose a token is, decides what is shown of it: src/local/reviews/own-token.ts.
  clusterScoped(AUTHENTICATION, 'tokenreviews', 'TokenReview', { nameless: true }),
];
