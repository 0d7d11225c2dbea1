/** The page's own few addresses on the admin port. It only tells: nothing can be changed here, by nobody. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Overview } from './overview.ts';
import { type PageQuery, readPageQuery } from './page-query.ts';
import { renderPage } from './render/page.ts';

export interface OperatorPageOptions {
  readonly overview: (query: PageQuery) => Overview;
  /** Who may see it: whoever connects from this machine (or pod: `kubectl port-forward`), or whoever reaches the port. */
  readonly clients: 'Loopback' | 'Any';
}

/** Answers if the address is one of the page's. @returns whether it is */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const ASSETS = [
  ['page.css', 'text/css; charset=utf-8'],
  ['page.js', 'text/javascript; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
] as const;

export function createOperatorPage({ overview, clients }: OperatorPageOptions): PageHandler {
  const answers = new Map<string, (query: URLSearchParams) => { type: string; body: string | Buffer }>();
  answers.set('/', (parameters) => {
    const query = readPageQuery(parameters);
    return { type: 'text/html; charset=utf-8', body: renderPage(overview(query), query) };
  });
  answers.set('/api/overview', (parameters) => {
    return { type: 'application/json', body: `${JSON.stringify(overview(readPageQuery(parameters)), null, 2)}\n` };
  });
  for (const [name, type] of ASSETS) {
    const body = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    answers.set(`/assets/${name}`, () => ({ type, body }));
  }

  return (request, response) => {
    const [path = '', query] = request.url?.split('?', 2) ?? [];
    const answer = answers.get(path);
    if (!answer) return false;
    const refusal = refusalOf(request, clients);
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (refusal) {
      if (refusal.code === 405) response.setHeader('allow', 'GET, HEAD');
      response.writeHead(refusal.code, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal.message}\n`);
      return true;
    }
    const { type, body } = answer(new URLSearchParams(query));
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
    return true;
  };
}

function refusalOf(request: IncomingMessage, clients: OperatorPageOptions['clients']): { code: number; message: string } | undefined {
  if (clients === 'Loopback' && !isLoopback(request.socket.remoteAddress)) {
    return { code: 403, message: 'the page is shown to this machine only (operatorPage.clients), for instance by kubectl port-forward' };
  }
  if (!isHostOfNobody(request.headers.host)) {
    return { code: 403, message: 'the page is asked for by an IP address, or as localhost: a name could be anybody’s' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { code: 405, message: 'nothing can be changed here' };
  return undefined;
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/**
 * A page of somebody else's can have its own name resolved to this address (DNS rebinding) and then read what is here as its own. With an
 * address, or `localhost`, in the place of a name it cannot.
 */
export function isHostOfNobody(host = ''): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
