import { StoreError } from '../../tenants/store.ts';
import { CommandError } from '../tenant/command-error.ts';

/** What the store answers; what it refuses, as a CommandError. */
export async function fromStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    throw new CommandError(`error: ${cause.message}`, { cause });
  }
}
