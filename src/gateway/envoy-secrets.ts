/**
 * Envoy's keys, as files that it watches (its secret discovery by files): what is moved into the folder of a certificate is in force for the
 * next handshake. In the bootstrap file itself keys would be read once. See envoy/README.md.
 */
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';

interface KeyPair {
  /** PEM. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** The file that says where the secret's own files are; Envoy reads it once. */
export interface SecretFile {
  readonly path: string;
  readonly text: string;
}

export interface Secret {
  /** What a TLS context says in the place of a certificate. */
  readonly source: object;
  /** To which that refers. */
  readonly file: SecretFile;
}

export function certificateSecret(folder: string, name: string, { certFile, keyFile }: KeyPair): Secret {
  return secret(folder, name, {
    tls_certificate: {
      certificate_chain: { filename: certFile },
      private_key: { filename: keyFile },
      // Named, so that both are read together: else Envoy may see a certificate beside the key of another.
      watched_directory: { path: dirname(certFile) },
    },
  });
}

/** The same for the CAs that the other side is verified by. */
export function trustSecret(folder: string, name: string, caFile: string, rest: object = {}): Secret {
  return secret(folder, name, {
    validation_context: { trusted_ca: { filename: caFile }, watched_directory: { path: dirname(caFile) }, ...rest },
  });
}

function secret(folder: string, name: string, content: object): Secret {
  const path = join(folder, `${name}.yaml`);
  const resource = { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret', name, ...content };
  return {
    source: { name, sds_config: { path_config_source: { path }, resource_api_version: 'V3' } },
    file: { path, text: stringify({ resources: [resource] }) },
  };
}
