/** Conversion webhooks of tenants' CRDs, called by upstream through the bridge. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { startWebhookServer, type WebhookServer } from '../../helpers/webhook-server.ts';
import { gatherParties, type Parties, type Party, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'converted';
const SERVICE = 'convert';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GROUP = 'conv.acme.io';

describe('conversion webhooks of tenants', function () {
  this.timeout(120_000);
  let parties: Parties;
  const servers: WebhookServer[] = [];

  before(async () => {
    parties = await gatherParties(NAMESPACE);
  });

  after(async () => {
    for (const party of [parties.tenant, parties.other]) await party.ask('DELETE', `${CRDS}/gadgets.${GROUP}`);
    for (const server of servers) await server.close();
    await parties.close();
  });

  async function define(party: Party, mark: string): Promise<WebhookServer> {
    const server = await startWebhookServer(SERVICE, NAMESPACE);
    servers.push(server);
    const spec = { ports: [{ port: 443, targetPort: 8443 }] };
    await party.must('POST', `/api/v1/namespaces/${NAMESPACE}/services`, { metadata: { name: SERVICE }, spec });
    await party.must('POST', `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
      metadata: { name: 'convert-1', labels: { 'kubernetes.io/service-name': SERVICE } },
      addressType: 'IPv4',
      ports: [{ port: server.port, protocol: 'TCP', name: '' }],
      endpoints: [{ addresses: ['10.9.8.7'] }],
    });
    server.answer = ({ objects, desiredAPIVersion }) => ({
      result: { status: 'Success' },
      convertedObjects: objects.map((object: { metadata: { labels?: object; namespace?: string } }) => ({
        ...object,
        apiVersion: desiredAPIVersion,
        // Whatever else it does to the metadata, upstream has it as it was.
        metadata: { ...object.metadata, namespace: 'elsewhere', labels: { ...object.metadata.labels, converted: mark } },
      })),
    });
    const version = (name: string, storage: boolean) => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    });
    await party.must('POST', CRDS, {
      metadata: { name: `gadgets.${GROUP}` },
      spec: {
        group: GROUP,
        scope: 'Namespaced',
        names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
        versions: [version('v1', true), version('v2', false)],
        conversion: {
          strategy: 'Webhook',
          webhook: {
            conversionReviewVersions: ['v1'],
            clientConfig: { service: { namespace: NAMESPACE, name: SERVICE, path: '/convert' }, caBundle: server.caBundle },
          },
        },
      },
    });
    return server;
  }

  it('convert in the tenant’s names, for two tenants with the same CRD at once', async () => {
    const { tenant, other, platform } = parties;
    const [mine, theirs] = [await define(tenant, 'mine'), await define(other, 'theirs')];
    const gadgets = (version: string) => `/apis/${GROUP}/${version}/namespaces/${NAMESPACE}/gadgets`;
    for (const [party, server, mark] of [
      [tenant, mine, 'mine'],
      [other, theirs, 'theirs'],
    ] as const) {
      const gadget = { apiVersion: `${GROUP}/v1`, kind: 'Gadget', metadata: { name: 'g' }, spec: { size: 9007199254740993n.toString() } };
      await waitUntil('the CRD', async () => (await party.ask('POST', gadgets('v1'), gadget)).status === 201, { timeoutMs: 20_000 });
      let read: Awaited<ReturnType<Party['ask']>> | undefined;
      await waitUntil(
        'a converted object',
        async () => {
          read = await party.ask('GET', `${gadgets('v2')}/g`);
          return read.status === 200;
        },
        { timeoutMs: 20_000 },
      );
      assert.deepEqual([read!.body.apiVersion, read!.body.metadata.namespace], [`${GROUP}/v2`, NAMESPACE]);
      assert.deepEqual(read!.body.metadata.labels, { converted: mark });
      const [review] = server.seen;
      assert.match(review.path, /^\/convert\?timeout=/);
      assert.equal(review.desiredAPIVersion, `${GROUP}/v2`);
      assert.deepEqual([review.objects[0].apiVersion, review.objects[0].metadata.namespace], [`${GROUP}/v1`, NAMESPACE]);
      assert.doesNotMatch(JSON.stringify(server.seen), /demo0[12]/);
    }
    const shown = await tenant.must('GET', `${CRDS}/gadgets.${GROUP}`);
    assert.deepEqual(shown.spec.conversion.webhook.clientConfig, {
      service: { namespace: NAMESPACE, name: SERVICE, path: '/convert', port: 443 },
      caBundle: mine.caBundle,
    });
    const stored = await platform.must('GET', `${CRDS}/gadgets.${TENANT}-${GROUP}`);
    assert.match(stored.spec.conversion.webhook.clientConfig.url, /^https:\/\/127\.0\.0\.1:/);
    await tenant.must('PUT', `${CRDS}/gadgets.${GROUP}`, shown);
  });

  it('that do not answer say so in the tenant’s words', async () => {
    const { tenant } = parties;
    await servers[0]!.close();
    const { status, body } = await tenant.ask('GET', `/apis/${GROUP}/v2/namespaces/${NAMESPACE}/gadgets/g`);
    assert.equal(status, 500);
    assert.match(body.message, /Post "https:\/\/convert\.converted\.svc:443\/convert\?timeout=10s": connect: connection refused/);
    assert.doesNotMatch(body.message, /demo01|127\.0\.0\.1/);
  });
});
