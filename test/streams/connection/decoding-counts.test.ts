import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PriceRejectedError, type PriceUpdate } from '../../../src/core/prices/price-update.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { DecodingCounts } from '../../../src/streams/connection/decoding-counts.js';

function world() {
  const clock = new FakeClock();
  const errors: TickmarkError[] = [];
  const counts = new DecodingCounts({ name: 'desk', clock, report: (error) => void errors.push(error) });
  return { clock, counts, errors };
}

describe('what a decoder cannot use', () => {
  test('is reported once a minute for each reason, and counted each time', async () => {
    const { clock, counts, errors } = world();
    for (const reason of ['no-price', 'no-price', 'no-symbol']) counts.rejected(reason);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['MALFORMED_INPUT', expect.stringMatching(/^desk: .* cannot be used \(no-price\)\. .*once a minute/)],
      ['MALFORMED_INPUT', expect.stringMatching(/^desk: .* cannot be used \(no-symbol\)\./)],
    ]);
    await clock.advance(60_000);
    counts.rejected('no-price');
    expect(errors).toHaveLength(3);
    expect(counts.stats().rejected).toEqual({ 'no-price': 3, 'no-symbol': 1 });
  });

  test('is shown with field and value where it is an update', () => {
    const { counts, errors } = world();
    expect(counts.accepts({ symbol: 'A', price: '1,500.25', timestamp: 1 })).toBe(false);
    expect(counts.accepts({ symbol: 'A', price: '1', timestamp: 'noon' } as unknown as PriceUpdate)).toBe(
      false,
    );
    expect(errors.map((error) => [error instanceof PriceRejectedError, error.message])).toEqual([
      [true, expect.stringContaining('"A" refused (not-a-number): price "1,500.25"')],
      [true, expect.stringContaining('timestamp "noon". The timestamp must be a number')],
    ]);
  });

  test('is the cause, and nothing in the message, where the decoder threw', () => {
    const { counts, errors } = world();
    const bug = new TypeError('no field of { key: "secret" }');
    expect(
      counts.explain(() => {
        throw bug;
      }),
    ).toBe(true);
    expect(errors.map(({ cause }) => cause)).toEqual([bug]);
    expect(errors[0]!.message).not.toContain('secret');
  });

  test('is only counted where its caller reports it, or nobody is told', () => {
    const { counts, errors } = world();
    counts.failed('not-json');
    counts.explain(
      () => {
        throw new Error('bug');
      },
      () => undefined,
    );
    expect([errors, counts.stats().rejected]).toEqual([[], { 'not-json': 1, 'decoder-threw': 1 }]);
    const silent = new DecodingCounts();
    silent.rejected('no-price');
    expect(silent.stats().rejected).toEqual({ 'no-price': 1 });
  });
});
