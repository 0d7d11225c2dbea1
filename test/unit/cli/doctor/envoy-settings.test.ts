import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { wrongSettings } from '../../../../src/cli/doctor/envoy-settings.ts';
import { renderEnvoyConfig } from '../../../../src/gateway/envoy-config.ts';

const OPTIONS = {
  listenAddress: '127.0.0.1',
  listenPort: 1,
  servingCertFile: 'serving.crt',
  servingKeyFile: 'serving.key',
  clientCaFile: 'ca.crt',
  extProcSocket: 'ext-proc.sock',
  localSocket: 'local.sock',
  secretsDir: 'secrets',
  upstream: { host: '127.0.0.1', port: 2, caFile: 'upstream.crt' },
};
const FILES = renderEnvoyConfig(OPTIONS);
const TEXT = FILES.bootstrap;

/** As `/config_dump` has it, more or less; the end-to-end test asks a real Envoy. */
function dumpOf(text: string, secrets: readonly { readonly text: string }[] = FILES.secrets): unknown {
  const bootstrap = parse(text, { maxAliasCount: -1 }) as { static_resources: { clusters: unknown[] } };
  return {
    configs: [
      { '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump', bootstrap },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.SecretsConfigDump',
        dynamic_active_secrets: secrets.map((file) => {
          const [secret] = (parse(file.text) as { resources: { name: string }[] }).resources;
          return { name: secret!.name, secret };
        }),
      },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump',
        static_clusters: bootstrap.static_resources.clusters.map((cluster) => ({ cluster })),
      },
    ],
  };
}

/** Each trap of envoy/README.md, sprung in the text: what is replaced by what, and what is to be said. */
const TRAPS: readonly (readonly [RegExp, string, RegExp])[] = [
  [/ext_proc_graceful_grpc_close: true/, 'ext_proc_graceful_grpc_close: false', /ext_proc_graceful_grpc_close/],
  [/layered_runtime:[\s\S]*?(?=\n# An exchange)/, '', /ext_proc_graceful_grpc_close/],
  [/31536000s/, '50s', /max_cached_entry_idle_duration/],
  [/direct_response: \{ status: 503 \}/, 'direct_response: { status: 200 }', /last route/],
  [/- match: \{ prefix: \/ \}\n\s*direct_response: \{ status: 503 \}/, '', /last route/],
  [/headers: \[\{ name: x-kubezoo-route, string_match: \{ exact: watch \} \}\]/, 'headers: []', /without x-kubezoo-route/],
  [/\{ remove: x-kubezoo-route \}, /, '', /own x-kubezoo/],
  [/forward_client_cert_details: SANITIZE/, 'forward_client_cert_details: APPEND_FORWARD', /forward_client_cert_details/],
  [/normalize_path: false/, 'normalize_path: true', /paths are normalised/],
  [/path_with_escaped_slashes_action: KEEP_UNCHANGED/, '', /paths are normalised/],
  [/stream_idle_timeout: 0s/, '', /stream_idle_timeout/],
  [/cluster: upstream_watch, timeout: 0s/, 'cluster: upstream_watch', /stream_idle_timeout or a timeout/],
  [/, \{ upgrade_type: SPDY\/3\.1 \}/, '', /upgrades/],
  [/- name: envoy\.filters\.http\.buffer\n.*\n.*\n.*\n/, '', /not buffered/],
  [/BufferPerRoute, disabled: true/, 'BufferPerRoute, disabled: false', /or streams are/],
  [/failure_mode_allow: false/, 'failure_mode_allow: true', /failure_mode_allow/],
  [/allow_mode_override: true/, '', /allow_mode_override/],
  [/response_header_mode: SKIP/, 'response_header_mode: SEND', /processing_mode/],
  [/request_body_mode: NONE/, 'request_body_mode: BUFFERED', /processing_mode/],
  [/, connection\.subject_peer_certificate/, '', /request_attributes/],
  [/max_requests: 100000/, 'max_requests: 1024', /circuit_breakers/],
  [/circuit_breakers: \*breakers\n {4}# HTTP\/2/, '\n    # HTTP/2', /circuit_breakers/],
  [/envoy\.extensions\.filters\.http\.ext_proc\.v3\.ExternalProcessor/, 'something.else', /failure_mode_allow/],
];

describe("what Envoy's settings must be", () => {
  it("holds for the gateway's own", () => {
    assert.deepEqual(wrongSettings(dumpOf(TEXT)), []);
  });
  it('holds for the clusters beside the first', () => {
    const otherUpstreams = { west: { host: 'west.example', port: 3, caFile: 'west.crt' } };
    const { bootstrap, secrets } = renderEnvoyConfig({ ...OPTIONS, otherUpstreams, workers: 2 });
    assert.deepEqual(wrongSettings(dumpOf(bootstrap, secrets)), []);
    // By its route's name Envoy knows that an answer is upstream's.
    assert.equal(bootstrap.match(/name: (upstream|stream)\n +match:/g)?.length, bootstrap.match(/ cluster: upstream/g)?.length);
  });
  it("looks into the secrets that Envoy follows, for upstream's name", () => {
    const bare = FILES.secrets.map((file) => ({
      text: file.text.replace(/ +match_typed_subject_alt_names:\n(?: +- .*\n(?: {2,}[a-z].*\n)*)+/, ''),
    }));
    assert.notDeepEqual(
      bare.map(({ text }) => text),
      FILES.secrets.map(({ text }) => text),
    );
    for (const secrets of [bare, []]) assert.match(wrongSettings(dumpOf(TEXT, secrets))[0]?.setting ?? '', /match_typed_subject_alt_names/);
  });
  for (const [pattern, replacement, complaint] of TRAPS) {
    it(`sees that it does not: ${replacement || `without ${pattern.source.slice(0, 50)}`}`, () => {
      const changed = TEXT.replace(pattern, replacement);
      assert.notEqual(changed, TEXT);
      assert.ok(
        wrongSettings(dumpOf(changed)).some(({ setting }) => complaint.test(setting)),
        JSON.stringify(wrongSettings(dumpOf(changed))),
      );
    });
  }
  it('does not mind how much the clusters take that Envoy itself asks', () => {
    const { bootstrap, secrets } = renderEnvoyConfig({ ...OPTIONS, tracing: { otlpHttp: 'http://127.0.0.1:4318', sampleRatio: 1 } });
    assert.deepEqual(wrongSettings(dumpOf(bootstrap, secrets)), []);
  });
  it('does not mind a listener that tells two of the admin endpoints, and sees one that tells more', () => {
    const adminSocket = 'envoy.sock';
    const { bootstrap, secrets } = renderEnvoyConfig({ ...OPTIONS, adminSocket, stats: { address: '0.0.0.0:9902', adminSocket } });
    assert.deepEqual(wrongSettings(dumpOf(bootstrap, secrets)), []);
    for (const [part, instead] of [
      ['path: /ready', 'prefix: /'],
      ['path: /ready', 'path: /quitquitquit'],
      ['exact: GET', 'exact: POST'],
      ['cluster: envoy_admin', 'cluster: upstream'],
    ] as const) {
      const changed = bootstrap.replaceAll(part, instead);
      assert.notEqual(changed, bootstrap, part);
      assert.ok(
        wrongSettings(dumpOf(changed, secrets)).some(({ setting }) => /last route/.test(setting)),
        instead,
      );
    }
  });
  it('sees that there is nothing at all', () => {
    assert.ok(wrongSettings({ configs: [] }).length > 5);
  });
});
