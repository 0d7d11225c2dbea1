import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAuthority } from '../../../src/certs/authority.ts';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import { shownFingerprint } from '../../../src/cli/certs/probe-gateway.ts';
import type { ExtProcServer } from '../../../src/gateway/server.ts';
import { replaceKeys } from '../../../src/launch/pki/key-folder.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { type EnvoyStand, startEnvoyStand } from './support/envoy-stand.ts';
import { startSidecar } from './support/start-sidecar.ts';

const CONFIG_MAPS = '/api/v1/namespaces/web/configmaps';

/** With a connection's age in seconds in the place of the ten minutes of the product. */
const aged = (seconds: number) => (config: string) =>
  config.replace('max_connection_duration: 600s', `max_connection_duration: ${seconds}s`);

describe('Envoy’s certificate for upstream', function () {
  this.timeout(60_000);
  let stand: EnvoyStand;
  let sidecar: ExtProcServer;
  /** Of the watches that upstream answers, in order. */
  let watches: ServerResponse[];

  async function start(change: (config: string) => string): Promise<void> {
    stand = await startEnvoyStand(change);
    sidecar = await startSidecar(stand.extProcSocket);
    watches = [];
    stand.upstream = (incoming, response) => {
      response.setHeader('content-type', 'application/json');
      // A watch goes on for as long as it likes.
      if (incoming.url?.includes('watch=')) {
        watches.push(response);
        response.write(event('begun'));
      } else response.end('{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}');
    };
    await waitUntil('an answer', async () => (await stand.ask(CONFIG_MAPS)).code === 200, { timeoutMs: 20_000 });
    stand.seen.length = 0;
  }

  afterEach(async () => {
    await stand.close();
    await sidecar.close(0);
  });

  const event = (name: string) =>
    `{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","namespace":"demo01-web"}}}\n`;

  async function replace(): Promise<string> {
    const { certificatePem, keyPem } = await issueCertificate(stand.authority, {
      commonName: 'stand',
      ipAddresses: ['127.0.0.1'],
      server: true,
      client: true,
      days: 1,
    });
    replaceKeys(stand.folder, { 'tls.crt': certificatePem, 'tls.key': keyPem });
    return new X509Certificate(certificatePem).fingerprint256;
  }

  async function askedWith(): Promise<string> {
    assert.equal((await stand.ask(CONFIG_MAPS)).code, 200);
    return stand.seen.at(-1)!.certificate;
  }

  it('is the new one on new connections, and on all when those of the former have had their time', async () => {
    await start(aged(3));
    const former = await askedWith();
    const current = await replace();
    // One after the other, so that a connection that is kept is used again.
    const seen = new Set<string>();
    await waitUntil('the new certificate', async () => seen.add(await askedWith()).has(current), { timeoutMs: 15_000 });
    assert.deepEqual([...seen], [former, current]);
  });

  it('stays the former one on a connection without an end', async () => {
    await start(aged(3600));
    const former = await askedWith();
    const current = await replace();
    await waitUntil('Envoy to have taken the new certificate', async () => (await shownFingerprint(stand.url)) === current, {
      timeoutMs: 10_000,
    });
    assert.equal(await askedWith(), former);
  });

  it('upstream may show a certificate of another CA when the file of its CAs has that, and not before', async () => {
    await start(aged(1));
    const other = await createAuthority({ commonName: 'stand' });
    stand.showUpstream(await issueCertificate(other, { commonName: 'stand', ipAddresses: ['127.0.0.1'], server: true, days: 1 }));
    await waitUntil('a new connection, refused', async () => (await stand.ask(CONFIG_MAPS)).code === 503, { timeoutMs: 15_000 });
    replaceKeys(stand.folder, { 'ca.crt': stand.authority.certificatePem + other.certificatePem });
    await waitUntil('the other CA to be trusted', async () => (await stand.ask(CONFIG_MAPS)).code === 200, { timeoutMs: 15_000 });
  });

  it('a watch outlives the time of its connection, over HTTP/2', async () => {
    await start(aged(1));
    const watch = await stand.open(`${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dx`);
    let text = '';
    watch.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await waitUntil('the first event', () => text.includes('begun'), { timeoutMs: 10_000 });
    const { version, certificate } = stand.seen.at(-1)!;
    assert.equal(version, '2.0');
    const current = await replace();
    // Others have connections of their own by then.
    await waitUntil('a watch of another connection', async () => (await watchedWith()) === current, { timeoutMs: 15_000 });
    assert.notEqual(certificate, current);
    assert.equal(watch.complete, false);
    assert.equal(watch.destroyed, false);
    watches[0]!.write(event('later'));
    await waitUntil('an event on the old connection', () => text.includes('later'), { timeoutMs: 10_000 });
    watch.destroy();
  });

  it('so do a session and a log that goes on, over HTTP/1.1', async () => {
    await start(aged(1));
    stand.upgrade = (socket) => socket.pipe(socket);
    stand.upstream = (incoming, response) => {
      if (incoming.url?.includes('/log'))
        watches[watches.push(response) - 1]!.writeHead(200, { 'content-type': 'text/plain' }).write('begun ');
      else
        response.setHeader('content-type', 'application/json').end('{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}');
    };
    const session = await stand.openUpgrade('/api/v1/namespaces/web/pods/a/exec?command=cat&stdin=true');
    const log = await stand.open('/api/v1/namespaces/web/pods/a/log?follow=true');
    let [echoed, logged] = ['', ''];
    session.on('data', (chunk: Buffer) => {
      echoed += chunk;
    });
    log.setEncoding('utf8').on('data', (chunk: string) => {
      logged += chunk;
    });
    // Both hold connections, so the next request has one of its own; when that has had its time, so have they.
    for (let time = 0; time < 2; time += 1) {
      const certificate = await replace();
      await waitUntil('the new certificate', async () => (await askedWith()) === certificate, { timeoutMs: 15_000 });
    }
    session.write('later');
    await waitUntil('the session to answer', () => echoed === 'later', { timeoutMs: 10_000 });
    watches[0]!.write('later');
    await waitUntil('the log to go on', () => logged === 'begun later', { timeoutMs: 10_000 });
    session.destroy();
    log.destroy();
  });

  async function watchedWith(): Promise<string> {
    const watch: IncomingMessage = await stand.open(`${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dy`);
    watch.destroy();
    return stand.seen.at(-1)!.certificate;
  }
});
