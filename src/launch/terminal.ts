/** Whether what stands on it can be overwritten: a terminal, and none that says it knows no escapes (shells in editors, simple consoles). */
export function canRedraw(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}
