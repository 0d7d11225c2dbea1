import type { ServerResponse } from 'node:http';
import type { EventSink } from './subscriber.ts';

/** A client that does not read to the end of its watch is not waited for. */
const LAST_READ_MS = 30_000;

/** Events go into an answer whose head has been sent. */
export function responseSink(response: ServerResponse): EventSink {
  return {
    write: (bytes) => (bytes.length === 0 ? true : response.write(bytes)),
    onDrain: (listener) => void response.on('drain', listener),
    end(last) {
      if (response.writableEnded || response.destroyed) return;
      if (last) response.write(last);
      response.end();
      const cut = setTimeout(() => response.destroy(), LAST_READ_MS);
      cut.unref();
      response.once('close', () => clearTimeout(cut));
    },
  };
}
