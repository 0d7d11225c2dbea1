/** What the steps decide about a request, before anything is sent: plain data, carried out by exchange.ts. */
import type { Credentials } from '../identity/identify.ts';
import type { RequestInfo, Verb } from '../kube/request-info.ts';
import type { Credential } from '../tenants/revocations.ts';
import type { TranslateContext } from '../translate/context.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import type { HeaderView } from './headers.ts';
import type { HeaderMutation } from './protocol.ts';
import type { UpstreamRoute } from './route.ts';

/** Everything the translation of one exchange's bodies depends on. */
export interface Translation {
  readonly row: ResourceRow;
  readonly subresource: string | undefined;
  readonly verb: Verb;
  /** The answer is about a part of upstream's collection: its paging and its counts are not the tenant's. */
  readonly filtered: boolean;
  readonly context: TranslateContext;
}

export interface Decision {
  /** Value of `x-kubezoo-route`: see envoy/envoy.yaml. */
  readonly route: UpstreamRoute | 'local';
  readonly headers: HeaderMutation;
  /** The request's body is held, translated and sent on; undefined: it passes as it is, or there is none. */
  readonly requestBody: { readonly contentType: string } | undefined;
  /**
   * - `object`: JSON or protobuf, in the tenant's names.
   * - `stream`: bytes of somebody else's making (logs, a proxied server); only errors are translated.
   * - `upgrade`: a connection that is upgraded. Envoy waits for nobody before it passes the 101 on: see envoy/README.md.
   * - `none`: the local API answers, in the tenant's words already.
   */
  readonly response: 'object' | 'stream' | 'upgrade' | 'none';
  readonly translation: Translation | undefined;
  /** Whose request it is; undefined: the operator's. */
  readonly tenantId: string | undefined;
  /** With which it was let in, whoever it acts as; absent: by a token, or for the operator. */
  readonly credential?: Credential | undefined;
  /** For metrics. */
  readonly verb: Verb | 'local';
  /** What was asked, in the tenant's words; undefined: the operator's. */
  readonly request?: RequestInfo;
  /** Gives back what the request holds of the tenant's limits. */
  readonly release: () => void;
  /** Headers for the answer: what the tenant has left of its limits. */
  readonly limitHeaders?: () => readonly (readonly [name: string, value: string])[];
}

/** A request as its first message tells of it. */
export interface RequestHead {
  readonly method: string;
  /** Request target with its query, as sent. */
  readonly target: string;
  readonly headers: HeaderView;
  readonly hasBody: boolean;
  readonly credentials: Credentials;
  /** IP address of the connection's other end, as Envoy sees it. */
  readonly clientAddress?: string | undefined;
}
