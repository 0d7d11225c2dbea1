import { isIP } from 'node:net';

/** For whom a server's certificate is. */
export interface Hosts {
  readonly dnsNames: string[];
  readonly ipAddresses: string[];
}

/** A DNS name (RFC 1123), its first label perhaps a pattern. */
const DNS_NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Parts what stands between commas into names and addresses. Undefined when one of them is neither, or there is none. */
export function parseHosts(text: string): Hosts | undefined {
  const hosts = [...new Set(text.split(',').map((host) => host.trim()))].filter((host) => host !== '');
  const ipAddresses = hosts.filter((host) => isIP(host) !== 0);
  const dnsNames = hosts.filter((host) => isIP(host) === 0);
  // Four numbers that are no address would pass for a name.
  if (hosts.length === 0 || !dnsNames.every((name) => DNS_NAME.test(name) && !/^[\d.]+$/.test(name))) return undefined;
  return { dnsNames, ipAddresses };
}
