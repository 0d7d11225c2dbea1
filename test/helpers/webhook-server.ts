import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../../src/certs/authority.ts';
import { issueCertificate } from '../../src/certs/issue-certificate.ts';

/** An AdmissionReview or ConversionReview, as a webhook gets it. */
// biome-ignore lint/suspicious/noExplicitAny: whatever was sent
export type ReviewRequest = any;

export interface WebhookServer {
  readonly port: number;
  /** base64, for a configuration. */
  readonly caBundle: string;
  /** Every request of a review so far, with the path that it came by. */
  readonly seen: (ReviewRequest & { path: string })[];
  /** What is put into the response of the review; allows unless it is set. */
  answer: (request: ReviewRequest) => object;
  close(): Promise<void>;
}

/** A webhook on loopback, with a certificate for `<service>.<namespace>.svc`. */
export async function startWebhookServer(service: string, namespace: string): Promise<WebhookServer> {
  const authority = await createAuthority({ commonName: 'webhook-ca' });
  const name = `${service}.${namespace}.svc`;
  const { certificatePem, keyPem } = await issueCertificate(authority, { commonName: name, dnsNames: [name], server: true, days: 1 });
  const seen: WebhookServer['seen'] = [];
  const running: { answer: WebhookServer['answer'] } = { answer: () => ({ allowed: true }) };
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(text);
      seen.push({ ...review.request, path: request.url });
      const { apiVersion, kind } = review;
      const answer = { apiVersion, kind, response: { uid: review.request.uid, ...running.answer(review.request) } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.certificatePem).toString('base64'),
    seen,
    get answer() {
      return running.answer;
    },
    set answer(answer) {
      running.answer = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** For `response.patch`. */
export function jsonPatch(operations: readonly object[]): object {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
