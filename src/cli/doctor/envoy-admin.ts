import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { parse } from 'yaml';

const TIMEOUT_MS = 10_000;

/** Where Envoy's own endpoints are, as its bootstrap file says. */
export type EnvoyAdmin = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Undefined when the file switches them off. Throws when it cannot be read. */
export function readEnvoyAdmin(bootstrapFile: string): EnvoyAdmin | undefined {
  const { admin } = parse(readFileSync(bootstrapFile, 'utf8')) as {
    admin?: { address?: { pipe?: { path: string }; socket_address?: { address: string; port_value: number } } };
  };
  const { pipe, socket_address: socket } = admin?.address ?? {};
  if (pipe) return { socketPath: pipe.path };
  return socket && { host: socket.address, port: socket.port_value };
}

/** GET of one of them. Rejects when there is no answer, or not 200. */
export async function askEnvoy(admin: EnvoyAdmin, path: string): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const sent = request({ ...admin, path, headers: { host: 'envoy' }, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) return reject(new Error(`Envoy answers ${path} with ${response.statusCode}`));
        try {
          resolve(JSON.parse(text));
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
    sent.on('error', reject).end();
  });
}
