import assert from 'node:assert/strict';
import { createLayout, Head, Slot } from '../../../src/limits/shared-layout.ts';
import { SlotTable } from '../../../src/limits/slot-table.ts';
import { keyOfTenant } from '../../../src/limits/tenant-key.ts';

const key = (number: number) => keyOfTenant(`t${String(number).padStart(5, '0')}`);
const idOf = (number: number) => `t${String(number).padStart(5, '0')}`;

describe('SlotTable', () => {
  const setUp = (slots: number, columns = 2) => {
    const layout = createLayout(slots, columns);
    const tables = Array.from({ length: columns }, (_, column) => new SlotTable(layout, column));
    const enter = (table: SlotTable, number: number) => {
      const slot = table.enter(key(number));
      table.leave();
      return slot;
    };
    return { layout, tables, table: tables[0]!, enter };
  };

  it('gives each tenant one slot, the same in all threads', () => {
    const { tables, enter } = setUp(64);
    const slots = Array.from({ length: 64 }, (_, number) => enter(tables[number % 2]!, number));
    assert.equal(new Set(slots).size, 64);
    for (let number = 0; number < 64; number += 1) assert.equal(enter(tables[(number + 1) % 2]!, number), slots[number]);
  });

  it('has none for a tenant too many, and goes on with those it has', () => {
    const { table, enter } = setUp(4);
    for (let number = 0; number < 4; number += 1) assert.notEqual(enter(table, number), undefined);
    assert.equal(enter(table, 4), undefined);
    assert.notEqual(enter(table, 0), undefined);
  });

  it('gives slots of tenants that are gone to others, again and again', () => {
    const { table, enter } = setUp(16);
    for (let number = 0; number < 1000; number += 1) {
      assert.notEqual(enter(table, number), undefined, String(number));
      table.sweep((tenantId) => tenantId === idOf(number) || tenantId === idOf(0));
      assert.equal([...table.taken()].length, number === 0 ? 1 : 2);
    }
    assert.notEqual(table.find(key(0)), undefined);
    assert.equal(table.find(key(998)), undefined);
  });

  it('leaves no trace when all are gone: what was vacated is empty again', () => {
    const { layout, table, enter } = setUp(16);
    for (let number = 0; number < 16; number += 1) enter(table, number);
    table.sweep(() => false);
    for (let number = 0; number < 12; number += 1) enter(table, number);
    table.sweep(() => false);
    // With every slot taken nothing is empty, so the first sweep may leave vacated ones; the second finds an end.
    const vacated = Array.from({ length: 16 }, (_, slot) => layout.words[layout.slotWord(slot)]);
    assert.equal([...table.taken()].length, 0);
    assert.ok(vacated.every((word) => word === 0 || word === 1));
    for (let number = 100; number < 116; number += 1) assert.notEqual(enter(table, number), undefined);
  });

  it('keeps a slot of which something is held, or that a thread is about to change', () => {
    const { layout, tables, table, enter } = setUp(16);
    const slot = enter(table, 1)!;
    layout.words[layout.slotWord(slot) + Slot.counts + 1] = 1;
    table.sweep(() => false);
    assert.equal(table.find(key(1)), slot);
    layout.words[layout.slotWord(slot) + Slot.counts + 1] = 0;
    tables[1]!.announce(slot);
    table.sweep(() => false);
    assert.equal(table.find(key(1)), slot);
    tables[1]!.leave();
    table.sweep(() => false);
    assert.equal(table.find(key(1)), undefined);
  });

  it('does not wait for ever for a lock that a dead thread has, and goes on when it is broken', () => {
    const { layout, table, enter } = setUp(16);
    enter(table, 1);
    layout.words[Head.lock] = 2;
    assert.equal(enter(table, 2), undefined);
    assert.notEqual(enter(table, 1), undefined, 'one that has its slot needs no lock');
    table.breakLock(0);
    assert.equal(enter(table, 2), undefined, 'that was not whose lock it is');
    table.breakLock(1);
    assert.notEqual(enter(table, 2), undefined);
  });
});
