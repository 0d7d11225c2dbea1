import { z } from 'zod';

/** `host:port`, `:::port` and `[::]:port` too. */
export function hostAndPort() {
  return z.string().regex(/^\S+:(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/, 'host:port is wanted');
}

/** Where lines are written to. */
export function pathOrStdout() {
  return z.string().regex(/^(-|\/.*)$/, 'an absolute path is wanted, or `-`');
}
