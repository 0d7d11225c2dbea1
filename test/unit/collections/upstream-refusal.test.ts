import assert from 'node:assert/strict';
import { pino } from 'pino';
import { UpstreamRefusal } from '../../../src/collections/ask-upstream.ts';
import { encodeObject } from '../../../src/translate/protobuf/encode-object.ts';

describe('UpstreamRefusal', () => {
  for (const form of ['JSON', 'protobuf']) {
    it(`is told in a log by a line that people can read (${form})`, () => {
      const status = { kind: 'Status', apiVersion: 'v1', message: `out of range: ${'x'.repeat(10_000)}`, code: 500 };
      const body = form === 'JSON' ? Buffer.from(JSON.stringify(status)) : encodeObject(status);
      const refusal = new UpstreamRefusal(500, { 'content-type': 'text/plain' }, body);
      const lines: string[] = [];
      pino({ name: 'test' }, { write: (text: string) => void lines.push(text) }).warn({ err: refusal }, 'a watch broke off');
      const [line = ''] = lines;
      assert.match(JSON.parse(line).err.message, /^upstream answered 500: .*out of range: x+$/);
      assert.ok(line.length < 5_000, `${line.length} bytes`);
      assert.deepEqual([refusal.body, refusal.headers], [body, { 'content-type': 'text/plain' }]);
    });
  }
});
