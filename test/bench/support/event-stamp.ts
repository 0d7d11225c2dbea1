/** What a written object carries in its data, so that whoever sees it in a watch knows which write it was, whose and when it was sent. */
export interface Stamp {
  readonly event: number;
  readonly tenantId: string;
  /** By process.hrtime, which is one clock for all processes of a machine. */
  readonly sentAt: bigint;
}

/** As a string's value in JSON it is in need of no escapes, and begins as nothing else in the object does. */
const BEGIN = '"stamp:';

export function stampText({ event, tenantId, sentAt }: Stamp): string {
  return `stamp:${event}:${tenantId}:${sentAt}`;
}

/** Looks for a stamp in an object's JSON, without parsing it. */
export function readStamp(json: Buffer): Stamp | undefined {
  const begin = json.indexOf(BEGIN);
  if (begin < 0) return undefined;
  const end = json.indexOf('"', begin + BEGIN.length);
  const [event, tenantId, sentAt] = json.toString('latin1', begin + BEGIN.length, end).split(':');
  return { event: Number(event), tenantId: tenantId ?? '', sentAt: BigInt(sentAt ?? 0) };
}
