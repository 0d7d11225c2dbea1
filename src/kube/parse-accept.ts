/** One media type of an Accept header, with its parameters. */
export interface AcceptClause {
  /** In lower case. */
  readonly mediaType: string;
  /** From 0 to 1; 1 where none is given, or none that can be read. */
  readonly quality: number;
  /** Names in lower case, values as they came: `as`, `v`, `g` choose another kind (API concepts, "Receiving resources as Tables"). */
  readonly parameters: ReadonlyMap<string, string>;
  /** The media type, and the parameters as they were written. */
  readonly text: string;
}

/** The clauses of all lines of an Accept header, in their order; none for a missing header. */
export function parseAccept(accept: string | readonly string[] | undefined): AcceptClause[] {
  const text = typeof accept === 'string' ? accept : (accept ?? []).join(',');
  return text
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
    .map(parseClause);
}

function parseClause(clause: string): AcceptClause {
  const [written = '', ...rest] = clause.split(';').map((part) => part.trim());
  const mediaType = written.toLowerCase();
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals > 0) parameters.set(parameter.slice(0, equals).trim().toLowerCase(), parameter.slice(equals + 1).trim());
  }
  const quality = Number(parameters.get('q') ?? 1);
  return { mediaType, quality: Number.isFinite(quality) ? quality : 1, parameters, text: [mediaType, ...rest].join(';') };
}
