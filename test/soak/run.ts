/** `npm run soak`, `npm run soak -- chaos`: see test/soak/README.md. Ends with 0 when nothing was found wrong. */
const [first, ...rest] = process.argv.slice(2);
if (first === 'chaos') await (await import('./chaos/run.ts')).runChaos(rest);
else await import('./soak-run.ts');
