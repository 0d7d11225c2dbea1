#!/usr/bin/env node
import { runInCheckout } from './run-in-checkout.mjs';

await runInCheckout('src/cli/main.ts', process.argv.slice(2));
