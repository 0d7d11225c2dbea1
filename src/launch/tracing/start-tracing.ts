import { join } from 'node:path';
import { LaunchError } from '../launch-error.ts';
import type { LaunchContext } from '../stack/launch-context.ts';
import { choosePort } from '../state/choose-port.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import { findJaeger } from '../tools/find-jaeger.ts';
import { jaegerConfig } from './jaeger-config.ts';

/** Where the parts of the stack send their spans to. */
export interface TracingTarget {
  /** Base URL of an OTLP/HTTP receiver. */
  readonly otlpHttp: string;
  /** `host:port` of an OTLP/gRPC receiver, which is all that kube-apiserver and etcd can speak; undefined: they send nothing. */
  readonly otlpGrpc: string | undefined;
  /** Jaeger's page and query API, where it was started here. */
  readonly jaeger?: string;
  /** From 0 to 1: which part of the requests is traced. */
  readonly sampleRatio: number;
}

/** The ports of OTLP, from its specification. */
const OTLP_HTTP_PORT = '4318';
const OTLP_GRPC_PORT = 4317;

/** A collector that the environment names, else, with `--tracing`, a Jaeger of its own; undefined: nothing is traced. */
export async function startTracing(context: LaunchContext, env: NodeJS.ProcessEnv = process.env): Promise<TracingTarget | undefined> {
  const { options } = context;
  const sampleRatio = options.traceRatio ?? 1;
  const given = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (given) return { ...readEndpoint(given), sampleRatio };
  return options.tracing ? { ...(await startJaeger(context)), sampleRatio } : undefined;
}

/** @throws LaunchError */
export function readEndpoint(text: string): Pick<TracingTarget, 'otlpHttp' | 'otlpGrpc'> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new LaunchError(
      `$OTEL_EXPORTER_OTLP_ENDPOINT is ${text}, which is no http or https URL.`,
      'Let it name an OTLP/HTTP receiver: http://127.0.0.1:4318.',
    );
  }
  const isPlain = url.protocol === 'http:' && url.port === OTLP_HTTP_PORT;
  return { otlpHttp: text.replace(/\/+$/, ''), otlpGrpc: isPlain ? `${url.hostname}:${OTLP_GRPC_PORT}` : undefined };
}

async function startJaeger(context: LaunchContext): Promise<Omit<TracingTarget, 'sampleRatio'>> {
  const { choices, home, signal, steps, supervisor } = context;
  const binary = await steps.one('Jaeger', (progress) => findJaeger(progress, signal));
  const ports = {
    query: await choosePort(choices, 'jaeger'),
    queryGrpc: await choosePort(choices, 'jaeger-grpc'),
    otlpGrpc: await choosePort(choices, 'otlp-grpc'),
    otlpHttp: await choosePort(choices, 'otlp-http'),
  };
  const configFile = join(home.root, 'jaeger.json');
  writeSecretFile(configFile, `${JSON.stringify(jaegerConfig(ports), null, 2)}\n`);
  const jaeger = `http://127.0.0.1:${ports.query}`;
  await supervisor.start(
    { name: 'jaeger', command: binary, args: ['--config', configFile], ready: () => answers(`${jaeger}/api/services`) },
    signal,
  );
  return { otlpHttp: `http://127.0.0.1:${ports.otlpHttp}`, otlpGrpc: `127.0.0.1:${ports.otlpGrpc}`, jaeger };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
