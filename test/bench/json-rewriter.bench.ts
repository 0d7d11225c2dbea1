/**
 * How fast the JSON rewriter is, beside JSON.parse + the same edits + JSON.stringify in the same run, and what memory it takes.
 * Run with `node test/bench/json-rewriter.bench.ts`; ends with 1 where a target is missed.
 *
 * Cases take turns, so that a busy machine slows all alike; the ratio is that of the main thread's CPU time, which another
 * process cannot take away.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type CompiledPlan, compilePlan, JsonRewriter } from '../../src/translate/engine/json-rewriter.ts';
import type { PlanContext } from '../../src/translate/engine/plan.ts';
import { makePod, makePodList } from './pod-list.ts';
import { podListPlan, rewriteByParsing } from './pod-plan.ts';

const MEBIBYTE = 1024 * 1024;
const KIBIBYTE = 1024;
const ROUNDS = 25;
const TARGETS = { megabytesPerSecond: 200, ratio: 4, extraMebibytes: 2 };
const context: PlanContext = { tenantId: 'demo01', prefix: 'demo01-', foreign: 'drop' };
const plan = compilePlan(podListPlan);
const nothing = compilePlan({});

function rewriteInChunks(compiled: CompiledPlan, input: Buffer, size: number): Buffer[] {
  const rewriter = new JsonRewriter(compiled, context);
  const output: Uint8Array[] = [];
  for (let pos = 0; pos < input.length; pos += size) output.push(rewriter.write(input.subarray(pos, pos + size)));
  output.push(rewriter.end());
  return output as Buffer[];
}

interface Case {
  readonly title: string;
  readonly input: Buffer;
  readonly run: () => unknown;
  readonly wall: number[];
  readonly cpu: number[];
}

function cpuMicroseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function medianOf(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
}

function measure(cases: readonly Case[]): void {
  for (let round = -3; round < ROUNDS; round++) {
    for (const { run, wall, cpu } of cases) {
      const cpuBefore = cpuMicroseconds();
      const wallBefore = performance.now();
      run();
      if (round < 0) continue;
      wall.push((performance.now() - wallBefore) * 1000);
      cpu.push(cpuMicroseconds() - cpuBefore);
    }
  }
}

/** Returns the CPU time of the first case by that of each. */
function printCases(cases: readonly Case[]): number[] {
  const baseline = sumOf(cases[0]?.cpu as number[]);
  console.log(`\n${'case'.padEnd(42)}${'MB/s'.padStart(8)}${'MB/s CPU'.padStart(10)}${'ratio'.padStart(8)}`);
  return cases.map(({ title, input, wall, cpu }) => {
    const bySeconds = (microseconds: number) => (input.length / microseconds).toFixed(0);
    const ratio = baseline / sumOf(cpu);
    console.log(
      `${title.padEnd(42)}${bySeconds(medianOf(wall)).padStart(8)}${bySeconds(sumOf(cpu) / cpu.length).padStart(10)}${ratio.toFixed(2).padStart(8)}`,
    );
    return ratio;
  });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function memoryInUse(): number {
  // Twice: what a sweep in the background has freed is counted only after the next one.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Passes a list of 300 MB in chunks; `look` is called every few megabytes. */
function passLongList(chunkSize: number, write: (chunk: Buffer) => unknown, look: () => void): void {
  const pods = Array.from({ length: 300 }, (_, index) => JSON.stringify(makePod(index, index % 10 === 0 ? 'other1-x' : 'demo01-default')));
  const part = Buffer.from(`,${pods.join(',')}`);
  write(Buffer.from(`{"kind":"PodList","items":[${pods[1]}`));
  let sinceLook = 0;
  for (let left = 300_000_000; left > 0; left -= part.length) {
    for (let pos = 0; pos < part.length; pos += chunkSize) {
      write(part.subarray(pos, pos + chunkSize));
      sinceLook += chunkSize;
      if (sinceLook < 4 * MEBIBYTE) continue;
      sinceLook = 0;
      look();
    }
  }
}

/** The most that is in use in the middle of the list, beyond what was in use at its start, in MiB; garbage does not count. */
function extraInUse(chunkSize: number): number {
  const rewriter = new JsonRewriter(plan, context);
  let before = 0;
  let most = Number.NEGATIVE_INFINITY;
  const look = () => {
    if (before === 0) before = memoryInUse();
    else most = Math.max(most, memoryInUse() - before);
  };
  passLongList(chunkSize, (chunk) => rewriter.write(chunk), look);
  return most / MEBIBYTE;
}

/** Peak of the resident set, garbage and all, in MiB. */
function peakResident(chunkSize: number, write: (chunk: Buffer) => unknown): number {
  let most = 0;
  passLongList(chunkSize, write, () => {
    most = Math.max(most, process.memoryUsage.rss());
  });
  return most / MEBIBYTE;
}

const pods = makePodList(1000, () => 'demo01-default');
const mixed = makePodList(1000, (index) => (index % 100 === 0 ? 'demo01-default' : 'other1-default'));
for (const input of [pods, mixed]) {
  const got = Buffer.concat(rewriteInChunks(plan, input, 10_007))
    .toString()
    .trimEnd();
  if (got !== rewriteByParsing(input).toString()) throw new Error('the rewriter and the usual way do not agree');
}

const cases: Case[] = (
  [
    ['JSON.parse + walk + JSON.stringify', pods, () => rewriteByParsing(pods)],
    ['rewriter, chunks of 1 MiB', pods, () => rewriteInChunks(plan, pods, MEBIBYTE)],
    ['rewriter, chunks of 64 KiB', pods, () => rewriteInChunks(plan, pods, 64 * KIBIBYTE)],
    ['rewriter, chunks of 16 KiB', pods, () => rewriteInChunks(plan, pods, 16 * KIBIBYTE)],
    ['rewriter, 99 of 100 pods left out, 64 KiB', mixed, () => rewriteInChunks(plan, mixed, 64 * KIBIBYTE)],
    ['rewriter, plan without work, 64 KiB', pods, () => rewriteInChunks(nothing, pods, 64 * KIBIBYTE)],
  ] as const
).map(([title, input, run]) => ({ title, input, run, wall: [], cpu: [] }));

console.log(`1,000 pods, ${(pods.length / 1e6).toFixed(2)} MB, Node ${process.version}`);
measure(cases);
const ratios = printCases(cases);

console.log('\nmemory over a list of 300 MB');
const sizes = [MEBIBYTE, 16 * KIBIBYTE];
const extra = sizes.map((size) => {
  const inUse = extraInUse(size);
  const copying = peakResident(size, (chunk) => Buffer.from(chunk));
  const rewriter = new JsonRewriter(plan, context);
  const rewriting = peakResident(size, (chunk) => rewriter.write(chunk));
  console.log(
    `chunks of ${size / KIBIBYTE} KiB: ${inUse.toFixed(2)} MiB in use beyond the chunks; resident peak ${rewriting.toFixed(0)} MiB, ${copying.toFixed(0)} MiB where each chunk is only copied`,
  );
  return inUse;
});
const speed = pods.length / medianOf(cases[1]?.wall as number[]);
const isMet = speed >= TARGETS.megabytesPerSecond && (ratios[1] as number) >= TARGETS.ratio && Math.max(...extra) < TARGETS.extraMebibytes;
console.log(
  `targets (${TARGETS.megabytesPerSecond} MB/s, ${TARGETS.ratio} times the usual way, under ${TARGETS.extraMebibytes} MiB): ${isMet ? 'met' : 'MISSED'}`,
);
if (!isMet) process.exitCode = 1;
