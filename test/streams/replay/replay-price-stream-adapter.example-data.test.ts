import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readRecording, type LineCounts } from '../../../src/streams/replay/index.js';

test('the recorded file of the examples has no rejected line, and its prices are in order', async () => {
  const path = fileURLToPath(new URL('../../../examples/data/trades.csv', import.meta.url));
  let counts: LineCounts | undefined;
  const currencies = new Map<string, string>();
  const sequences = new Map<string, number>();
  let last = 0;
  for await (const update of readRecording(path, { onEnd: (each) => (counts = each) })) {
    expect(update.timestamp).toBeGreaterThan(last);
    expect(update.sequence).toBe((sequences.get(update.symbol) ?? 0) + 1);
    last = update.timestamp;
    sequences.set(update.symbol, update.sequence!);
    currencies.set(update.symbol, update.currency!);
  }
  expect(counts).toMatchObject({ lines: 401, priceLines: 400, control: { header: 1 }, rejected: {} });
  expect([...currencies]).toEqual([
    ['ACME', 'USD'],
    ['GLOBEX', 'USD'],
    ['SOLARIS', 'EUR'],
    ['EUR/USD', 'USD'],
  ]);
});
