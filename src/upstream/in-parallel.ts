/** Works through all items, so many at a time. Rejects with the first that was thrown, when those under way have ended. */
export async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  let failure: { thrown: unknown } | undefined;
  const worker = async () => {
    for (const item of waiting) {
      if (failure) return;
      try {
        await work(item);
      } catch (thrown) {
        failure ??= { thrown };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failure) throw failure.thrown;
}
