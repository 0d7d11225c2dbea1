/**
 * How fast the protobuf rewriter is beside the JSON rewriter: the same 1,000 pods, the same plan, by turns in one run, and what memory
 * a long list takes. Run with `node test/bench/protobuf-rewriter.bench.ts`; ends with 1 where an object takes longer than in JSON.
 */

import { responseTree } from '../../src/translate/compile.ts';
import { compilePlan, JsonRewriter } from '../../src/translate/engine/json-rewriter.ts';
import type { Plan, PlanContext } from '../../src/translate/engine/plan.ts';
import { encodeMessage } from '../../src/translate/protobuf/encode-message.ts';
import { MAGIC, writeEnvelope } from '../../src/translate/protobuf/envelope.ts';
import { ProtobufRewriter, type Rewriter } from '../../src/translate/protobuf/protobuf-rewriter.ts';
import { BYTES } from '../../src/translate/protobuf/wire-cursor.ts';
import { varint, WireWriter } from '../../src/translate/protobuf/wire-writer.ts';
import { findResource } from '../../src/translate/table/index.ts';
import { makePodList } from './pod-list.ts';
import { podListPlan } from './pod-plan.ts';

const PODS = 1000;
const ROUNDS = 25;
const CHUNK = 64 * 1024;
const MEBIBYTE = 1024 * 1024;
const own: PlanContext = { tenantId: 'demo01', prefix: 'demo01-', foreign: 'cut' };
const filtering: PlanContext = { ...own, foreign: 'drop' };
const table = responseTree(findResource('', 'v1', 'pods')!);

function pass(rewriter: Rewriter, input: Buffer): void {
  for (let pos = 0; pos < input.length; pos += CHUNK) rewriter.write(input.subarray(pos, pos + CHUNK));
  rewriter.end();
}

function toProtobufList(json: Buffer): Buffer {
  return writeEnvelope('v1', 'PodList', encodeMessage('core/v1.PodList', JSON.parse(json.toString())));
}

const pods = makePodList(PODS, () => 'demo01-default');
const mixed = makePodList(PODS, (index) => (index % 100 === 0 ? 'demo01-default' : 'other1-default'));

function makeCase(title: string, json: Buffer, plan: Plan, context: PlanContext) {
  const compiled = compilePlan(plan);
  const binary = toProtobufList(json);
  return {
    title,
    ways: [
      { form: 'JSON', size: json.length, run: () => pass(new JsonRewriter(compiled, context), json), cpu: 0 },
      { form: 'protobuf', size: binary.length, run: () => pass(new ProtobufRewriter(plan, context), binary), cpu: 0 },
    ],
  };
}

const cases = [
  makeCase('by the table', pods, table, own),
  makeCase('by the plan of the JSON benchmark', pods, podListPlan, own),
  makeCase('99 of 100 pods left out', mixed, podListPlan, filtering),
];

for (let round = -5; round < ROUNDS; round++) {
  for (const { ways } of cases) {
    for (const way of ways) {
      const before = process.threadCpuUsage();
      way.run();
      const { user, system } = process.threadCpuUsage(before);
      if (round >= 0) way.cpu += user + system;
    }
  }
}

console.log(`${PODS} pods, by the main thread's CPU time, Node ${process.version}`);
console.log(`${'case'.padEnd(38)}${'form'.padEnd(10)}${'MB'.padStart(6)}${'MB/s'.padStart(8)}${'pods/s'.padStart(10)}`);
let slowest = Number.POSITIVE_INFINITY;
for (const { title, ways } of cases) {
  for (const { form, size, cpu } of ways) {
    const seconds = cpu / ROUNDS / 1e6;
    const columns = [
      (size / 1e6).toFixed(2).padStart(6),
      (size / 1e6 / seconds).toFixed(0).padStart(8),
      (PODS / seconds).toFixed(0).padStart(10),
    ];
    console.log(title.padEnd(38) + form.padEnd(10) + columns.join(''));
  }
  const [json, binary] = ways.map(({ cpu }) => cpu) as [number, number];
  slowest = Math.min(slowest, json / binary);
  console.log(`${''.padEnd(38)}pods/s, protobuf by JSON: ${(json / binary).toFixed(2)}\n`);
}

function inUse(): number {
  // Twice: what a sweep in the background has freed is counted only after the next one.
  for (let times = 0; times < 2; times++) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What a list of so many megabytes holds on to beyond its chunks, at most, in MiB. */
function extraMemory(megabytes: number): number {
  const items = encodeMessage('core/v1.PodList', { items: JSON.parse(pods.toString()).items });
  const times = Math.ceil((megabytes * 1e6) / items.length);
  const list = new WireWriter();
  list.raw(MAGIC);
  list.message(1, (typeMeta) => {
    typeMeta.text(1, 'v1');
    typeMeta.text(2, 'PodList');
  });
  list.raw(Buffer.concat([varint(2 * 8 + BYTES), varint(items.length * times)]));
  const rewriter = new ProtobufRewriter(table, own);
  rewriter.write(list.finish());
  const before = inUse();
  let most = 0;
  for (let round = 0; round < times; round++) {
    for (let pos = 0; pos < items.length; pos += CHUNK) rewriter.write(items.subarray(pos, pos + CHUNK));
    most = Math.max(most, inUse() - before);
  }
  rewriter.end();
  return most / MEBIBYTE;
}

console.log(`a list of 300 MB takes ${extraMemory(300).toFixed(2)} MiB beyond its chunks`);
const isMet = slowest >= 1;
console.log(`target (an object at least as fast as in JSON): ${isMet ? 'met' : 'MISSED'}`);
if (!isMet) process.exitCode = 1;
