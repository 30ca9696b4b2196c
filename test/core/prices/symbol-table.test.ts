import { expect, test } from 'vitest';
import { SymbolTable } from '../../../src/core/prices/symbol-table.js';

test('symbols are numbered in the order of first appearance, each once, whatever their characters', () => {
  const table = new SymbolTable();
  const names = ['A', '__proto__', 'constructor', 'a', 'A ', '', '\u0000', 'x'.repeat(10_000)];
  expect(names.map((name) => table.idOf(name))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(names.map((name) => table.idOf(name))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(names.map((_, id) => table.symbolOf(id))).toEqual(names);
  expect(names.map((name) => table.find(name))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([table.find('toString'), table.size]).toEqual([-1, 8]);
});
