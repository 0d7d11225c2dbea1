/**
 * The token of `Authorization: Bearer …`; undefined unless there is exactly one such header with a token in it: of two,
 * another parser might take the other one.
 */
export function bearerTokenOf(authorization: readonly string[]): string | undefined {
  if (authorization.length !== 1) return undefined;
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization[0]!)?.[1];
}
