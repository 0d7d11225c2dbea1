/** The request log and the audit log: the one writer of both, in the sidecar's main thread. */
import type { Logger } from 'pino';
import { WRITE_VERBS } from '../../kube/request-info.ts';
import type { LocalOutcome } from '../../local/answer-request.ts';
import { TENANT_GROUP } from '../../tenants/tenant.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import { auditEvent } from './audit-event.ts';
import { LineFile } from './line-file.ts';
import { LocalAnswers } from './local-answers.ts';
import { visibleJson } from './redact.ts';
import type { RecordBatch } from './relay.ts';
import { requestLine } from './request-line.ts';
import { safeObject } from './request-object.ts';
import { type SeenRequest, seenRefusal, seenRequest } from './seen-request.ts';
import { type FileSettings, isWanted, type RecordSettings, type RequestLogMode } from './settings.ts';
import { SumEvents } from './sum-events.ts';

/** Troubles with a file are told so often at most. */
const TELL_MS = 10_000;
/** Lines of the request log are written together; events are written at once. */
const GATHER_MS = 100;

/** What /metrics tells of a log. */
export interface RecordCounts {
  readonly written: number;
  /** Lost: the disk was slow or full, or a thread that knew of them has ended. */
  readonly dropped: number;
  readonly troubles: number;
}

export class Records {
  readonly #log: Logger;
  readonly #settings: RecordSettings;
  readonly #requestFile: LineFile | undefined;
  readonly #auditFile: LineFile | undefined;
  readonly #sum: SumEvents;
  readonly #written = { requestLog: 0, audit: 0 };
  readonly #lost = { requestLog: 0, audit: 0 };
  #mode: RequestLogMode;
  #isClosing = false;
  /** To be told of how the local API answers; undefined: nobody wants to know. */
  readonly answers: LocalAnswers | undefined;

  /** @throws fs's errors, when a file cannot be opened */
  constructor(settings: RecordSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    const { requestLog, audit } = settings;
    this.#mode = requestLog?.requests ?? 'off';
    this.#requestFile = requestLog && this.#open('request log', requestLog, GATHER_MS);
    this.#auditFile = audit && this.#open('audit log', audit);
    this.#sum = new SumEvents({
      write: (event) => {
        this.#written.audit++;
        this.#auditFile?.write(visibleJson(JSON.stringify(event)));
      },
    });
    this.answers = requestLog || audit ? new LocalAnswers((outcome) => this.#onOrphan(outcome)) : undefined;
  }

  get requestLogMode(): RequestLogMode {
    return this.#mode;
  }

  /** May be changed while it runs; without a `requestLog` in the configuration there is nowhere to write to. */
  set requestLogMode(mode: RequestLogMode) {
    this.#mode = this.#requestFile ? mode : 'off';
  }

  readonly onRecord = (record: ExchangeRecord): void => {
    if (isWanted(record, this.#mode, this.#auditFile !== undefined)) this.onSeen(seenRequest(record));
  };

  /** @param seen of an exchange of any thread */
  onSeen(seen: SeenRequest): void {
    if (!seen.isLocal || seen.refusal || !this.answers) this.#write(seen, undefined);
    else this.answers.join(seen, (joined, outcome) => this.#write(withOutcome(joined, outcome), outcome));
  }

  /** Of a thread's; what is lost is written to neither log. */
  onBatch({ seen, lost }: RecordBatch): void {
    for (const one of seen) this.onSeen(one);
    if (lost === 0) return;
    if (this.#requestFile) this.#lost.requestLog += lost;
    if (this.#auditFile) this.#lost.audit += lost;
    this.#log.error({ lost }, 'requests are missing in the logs: the main thread could not keep up');
  }

  counts(): Record<'requestLog' | 'audit', RecordCounts> {
    const of = (kind: 'requestLog' | 'audit', file: LineFile | undefined) => ({
      written: this.#written[kind] - (file?.dropped ?? 0),
      dropped: this.#lost[kind] + (file?.dropped ?? 0),
      troubles: file?.troubles ?? 0,
    });
    return { requestLog: of('requestLog', this.#requestFile), audit: of('audit', this.#auditFile) };
  }

  /** Resolves when all is written, or cannot be. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.answers?.close();
    this.#sum.flush();
    await Promise.all([this.#requestFile?.close(), this.#auditFile?.close()]);
  }

  #write(seen: SeenRequest, outcome: LocalOutcome | undefined): void {
    if (this.#requestFile && (this.#mode === 'all' || (this.#mode === 'refused' && isRefused(seen)))) {
      this.#written.requestLog++;
      this.#requestFile.write(visibleJson(JSON.stringify(requestLine(seen))));
    }
    if (!this.#auditFile) return;
    if (isTenantWrite(seen)) {
      const body = this.#settings.audit?.level === 'Request' ? outcome?.body : undefined;
      this.#written.audit++;
      this.#auditFile.write(visibleJson(JSON.stringify(auditEvent(seen, body && safeObject(body)))));
    } else if (isRefused(seen)) this.#sum.add(auditEvent(seen), seen.count);
  }

  #open(name: string, { path, maxSizeMiB, maxFiles }: FileSettings, gatherMs?: number): LineFile {
    let toldAt = Number.NEGATIVE_INFINITY;
    return new LineFile({
      ...{ path, maxFiles, maxBytes: maxSizeMiB * 1024 * 1024 },
      ...(gatherMs !== undefined && { gatherMs }),
      onTrouble: (error) => {
        if (performance.now() - toldAt < TELL_MS && !this.#isClosing) return;
        toldAt = performance.now();
        this.#log.error({ err: error, path }, `the ${name} cannot be written, requests go on; what does not fit is counted as dropped`);
      },
    });
  }

  #onOrphan({ code, isOperator }: LocalOutcome): void {
    if (!this.#auditFile || (code < 400 && !isOperator)) return;
    this.#lost.audit++;
    this.#log.error({ code }, 'a request to the local API is missing in the audit log: its exchange is not known');
  }
}

/** By the gateway: upstream's own refusals are in upstream's log. */
function isRefused({ refusal, isLocal, code }: SeenRequest): boolean {
  return refusal !== undefined || (isLocal && code >= 400);
}

/** What the operator changes; never summed. */
function isTenantWrite({ isOperator, object, verb }: SeenRequest): boolean {
  return isOperator && object?.apiGroup === TENANT_GROUP && WRITE_VERBS.has(verb);
}

function withOutcome(seen: SeenRequest, outcome: LocalOutcome | undefined): SeenRequest {
  if (!outcome) return seen;
  const { code, error, hasBody } = outcome;
  return { ...seen, code, ...(error && { refusal: seenRefusal(error, seen, hasBody) }) };
}
