/** A thread's records on their way to the main thread, which writes them: in batches, and no more at a time than the main thread keeps up with. */
import type { ExchangeRecord } from '../exchange-record.ts';
import { type SeenRequest, seenRequest } from './seen-request.ts';
import { isWanted, type RecordSettings, type RequestLogMode } from './settings.ts';

export interface RecordBatch {
  readonly type: 'records';
  readonly seen: readonly SeenRequest[];
  /** How many are missing since the last batch. */
  readonly lost: number;
}

/** Told to the main thread and not yet taken by it, at most. */
const MAX_UNDER_WAY = 20_000;

export class RecordRelay {
  readonly #tell: (batch: RecordBatch) => void;
  readonly #isAudited: boolean;
  readonly #maxUnderWay: number;
  #mode: RequestLogMode;
  #batch: SeenRequest[] = [];
  #underWay = 0;
  #lost = 0;
  #isScheduled = false;

  constructor({ requestLog, audit }: RecordSettings, tell: (batch: RecordBatch) => void, maxUnderWay = MAX_UNDER_WAY) {
    this.#tell = tell;
    this.#isAudited = audit !== undefined;
    this.#mode = requestLog?.requests ?? 'off';
    this.#maxUnderWay = maxUnderWay;
  }

  set requestLogMode(mode: RequestLogMode) {
    this.#mode = mode;
  }

  readonly onRecord = (record: ExchangeRecord): void => {
    if (!isWanted(record, this.#mode, this.#isAudited)) return;
    if (this.#underWay >= this.#maxUnderWay) this.#lost++;
    else {
      this.#underWay++;
      this.#batch.push(seenRequest(record));
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  };

  /** The main thread has taken so many. */
  onTaken(count: number): void {
    this.#underWay -= count;
    if (this.#lost > 0) this.flush();
  }

  flush(): void {
    this.#isScheduled = false;
    const [seen, lost] = [this.#batch, this.#lost];
    // That some are lost can be told as soon as something is taken again.
    if (seen.length === 0 && (lost === 0 || this.#underWay >= this.#maxUnderWay)) return;
    this.#batch = [];
    this.#lost = 0;
    this.#tell({ type: 'records', seen, lost });
  }
}
