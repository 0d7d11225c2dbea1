import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import type { ExchangeRecord } from '../../../src/gateway/exchange-record.ts';
import { createExchangeMetrics } from '../../../src/gateway/metrics/exchange-metrics.ts';
import { parseRequest } from '../../../src/kube/request-info.ts';
import { samplesOf } from '../../helpers/prometheus-text.ts';

function recordOf(method: string, target: string, more: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const [path = '', query = ''] = target.split('?');
  const request = parseRequest(method, path, new URLSearchParams(query));
  return {
    ...{ startedAt: 0, seconds: 0.02, method, target, userAgent: undefined, clientAddress: undefined, caller: undefined },
    ...{ tenantId: 'demo01', request, verb: request.type === 'resource' ? request.verb : 'local', route: 'upstream', code: 200 },
    ...{ refusal: undefined, end: 'whole', untranslated: undefined, requestBytes: 0, responseBytes: 0, traceId: undefined },
    phases: new Map([
      ['identify', 0.0001],
      ['translate response', 900],
    ]),
    ...more,
  };
}

async function textOf(...records: ExchangeRecord[]): Promise<string> {
  const metrics = createExchangeMetrics();
  for (const record of records) metrics.onDone(record);
  return await metrics.registry.metrics();
}

describe('createExchangeMetrics', () => {
  it('keeps what lasts as long as clients like out of the latency of requests', async () => {
    const pod = '/api/v1/namespaces/a/pods/b';
    const text = await textOf(
      recordOf('GET', pod),
      recordOf('GET', `${pod}/log`),
      recordOf('GET', `${pod}/log?follow=true`, { seconds: 700 }),
      recordOf('POST', `${pod}/exec?command=sh`, { seconds: 700, end: 'left' }),
      recordOf('GET', '/api/v1/namespaces/a/pods?watch=1', { seconds: 700, verb: 'watch', route: 'watch' }),
    );
    assert.deepEqual(
      samplesOf(text, 'kubezoo_request_duration_seconds_count').map(({ labels, value }) => [labels.verb, value]),
      [['get', 2]],
    );
    const streams = samplesOf(text, 'kubezoo_stream_duration_seconds_count').map(({ labels }) => labels.kind);
    assert.deepEqual(streams.sort(), ['exec', 'log', 'watch']);
    const ends = samplesOf(text, 'kubezoo_exchanges_ended_total').map(({ labels, value }) => [labels.kind, labels.end, value]);
    assert.deepEqual(ends, [
      ['request', 'whole', 2],
      ['log', 'whole', 1],
      ['exec', 'left', 1],
      ['watch', 'whole', 1],
    ]);
    // Of a stream the phases of its beginning count, not the sum of its life.
    const phases = samplesOf(text, 'kubezoo_phase_duration_seconds_count').map(({ labels, value }) => [labels.phase, value]);
    assert.deepEqual(new Map(phases as [string, number][]).get('identify'), 5);
    assert.deepEqual(new Map(phases as [string, number][]).get('translate response'), 2);
  });

  it('tells what was asked, by whom it was answered and how', async () => {
    const refusal = new KubeError('Forbidden', 'no');
    const text = await textOf(
      recordOf('GET', '/apis/apps/v1/namespaces/a/deployments', { requestBytes: 3, responseBytes: 5 }),
      recordOf('PUT', '/api/v1/nodes/a', { code: 403, refusal, end: 'refused', route: undefined, untranslated: 'request' }),
    );
    assert.deepEqual(
      samplesOf(text, 'kubezoo_requests_total').map(({ labels }) => Object.values(labels).join(' ')),
      ['list deployments.apps upstream 200', 'update nodes none 403'],
    );
    const sampleOf = (name: string, label: string) => samplesOf(text, name).find(({ labels }) => Object.values(labels)[0] === label)?.value;
    assert.equal(sampleOf('kubezoo_refused_requests_total', 'Forbidden'), 1);
    assert.equal(sampleOf('kubezoo_translated_bytes_total', 'request'), 3);
    assert.equal(sampleOf('kubezoo_translated_bytes_total', 'response'), 5);
    assert.equal(sampleOf('kubezoo_translation_errors_total', 'request'), 1);
    assert.equal(sampleOf('kubezoo_translation_errors_total', 'response'), 0);
  });
});
