/** Live bytes of a Node process, by its inspector. */
export interface HeapReader {
  /** Bytes of the main thread's heap after a full collection, buffers outside of it included. */
  read(): Promise<number>;
  close(): void;
}

/** @param port of a process that runs with `--inspect` */
export async function openHeapReader(port: number): Promise<HeapReader> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
  const answers = new Map<number, (result: unknown) => void>();
  let calls = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) answers.get(id)?.(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('no inspector answers')), { once: true });
  });
  const call = (method: string) =>
    new Promise<unknown>((resolve) => {
      answers.set(++calls, resolve);
      socket.send(JSON.stringify({ id: calls, method }));
    });
  return {
    read: async () => {
      await call('HeapProfiler.collectGarbage');
      const usage = (await call('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
      return usage.usedSize + (usage.backingStorageSize ?? 0);
    },
    close: () => socket.close(),
  };
}
