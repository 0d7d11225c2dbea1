import { InvalidArgumentError } from 'commander';
import { type Hosts, parseHosts } from '../../launch/pki/hosts.ts';

export function hosts(text: string): Hosts {
  const parsed = parseHosts(text);
  if (!parsed) throw new InvalidArgumentError('They have to be DNS names or IP addresses, parted by commas.');
  return parsed;
}

export function httpsUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.pathname !== '/') throw new InvalidArgumentError('It has to be https://host or https://host:port.');
  return url.origin;
}
