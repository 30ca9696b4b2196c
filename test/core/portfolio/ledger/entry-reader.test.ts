import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../../src/core/money/decimal.js';
import { timeOf } from '../../../../src/core/portfolio/ledger/entry-fields.js';
import { isSameEntry, readEntry } from '../../../../src/core/portfolio/ledger/entry-reader.js';
import type {
  BookingEntry,
  LedgerEntryInput,
  LedgerEntryType,
} from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { caught } from '../../../oracle/caught.js';

type Fields = Readonly<Record<string, unknown>>;

/** A good entry of each type, with all its fields. */
const GOOD: Readonly<Record<LedgerEntryType, Fields>> = {
  openingPosition: {
    symbol: 'A',
    quantity: '-1.5',
    cost: '-7',
    baseCost: null,
    price: 3,
    realizedPnl: '-2',
    acquiredAt: 5,
    currency: 'EUR',
  },
  openingCash: { amount: '-3', currency: 'EUR' },
  deposit: { amount: 1, currency: 'EUR' },
  withdrawal: { amount: 1, currency: 'EUR' },
  buy: {
    symbol: 'A',
    quantity: 1,
    price: '-2.5',
    currency: 'GBp',
    amount: 0,
    accrued: '-1',
    fee: '-0.1',
    feeCurrency: 'BTC',
    tax: 1,
    feeQuantity: '0.5',
    lots: [{ lot: 'x', quantity: 1 }],
  },
  sell: { symbol: 'A', quantity: 1, price: 0, lots: [{ lot: 'x', quantity: '0.5' }] },
  income: { kind: 'dividend', symbol: 'A', amount: '-1', currency: 'EUR', withheld: '0.2' },
  fee: { amount: '-1', currency: 'EUR', symbol: 'A' },
  tax: { amount: 1, currency: 'EUR', symbol: 'A' },
  conversion: {
    sold: { amount: 1, currency: 'EUR' },
    bought: { amount: '1.1', currency: 'USD' },
    fee: '0.1',
    feeCurrency: 'GBP',
  },
  settlement: { symbol: 'A', price: -3 },
  split: { symbol: 'A', from: 1, to: '2.5', cashInLieuPrice: 3 },
  spinOff: { symbol: 'A', into: 'B', from: 1, to: 2, costShare: '0.25', cashInLieuPrice: 3 },
  merger: { symbol: 'A', into: 'B', from: 1, to: 2, cashPerUnit: -1, cashCostShare: 1, cashInLieuPrice: 3 },
  rename: { symbol: 'A', into: 'B' },
  returnOfCapital: { symbol: 'A', amount: 1, currency: 'EUR' },
  transferIn: {
    symbol: 'A',
    quantity: -1,
    cost: null,
    baseCost: '3',
    acquiredAt: '2020-01-01T00:00:00+02:00',
    price: 1,
    currency: 'EUR',
  },
  transferOut: { symbol: 'A', quantity: 1, price: 1 },
  cancel: { entry: 'b1' },
  correct: {
    entry: 'b1',
    by: { type: 'buy', symbol: 'A', quantity: '1.50', price: 2, at: '1970-01-01T00:00:00Z' },
  },
  closeBooks: { until: '1970-01-01T00:00:00Z' },
};
const TYPES = Object.keys(GOOD) as LedgerEntryType[];

const REQUIRED: Readonly<Record<LedgerEntryType, readonly string[]>> = {
  openingPosition: ['symbol', 'quantity'],
  openingCash: ['amount', 'currency'],
  deposit: ['amount', 'currency'],
  withdrawal: ['amount', 'currency'],
  buy: ['symbol', 'quantity', 'price'],
  sell: ['symbol', 'quantity', 'price'],
  income: ['kind'],
  fee: ['amount', 'currency'],
  tax: ['amount', 'currency'],
  conversion: ['sold', 'bought'],
  settlement: ['symbol', 'price'],
  split: ['symbol', 'from', 'to'],
  spinOff: ['symbol', 'into', 'from', 'to', 'costShare'],
  merger: ['symbol', 'from', 'to'],
  rename: ['symbol', 'into'],
  returnOfCapital: ['symbol', 'amount', 'currency'],
  transferIn: ['symbol', 'quantity', 'cost'],
  transferOut: ['symbol', 'quantity', 'price'],
  cancel: ['entry'],
  correct: ['entry', 'by'],
  closeBooks: ['until'],
};
/** Types that move cash or units, and may say when it settles and at which rates. */
const BOOKINGS = TYPES.filter((type) => !['cancel', 'correct', 'closeBooks'].includes(type));

function entry(type: LedgerEntryType, fields: Fields = {}): LedgerEntryInput {
  return { id: 'x', at: 1, type, ...GOOD[type], ...fields } as unknown as LedgerEntryInput;
}

const message = (input: unknown): string => {
  const { code, message: said } = caught(() => readEntry(input as LedgerEntryInput));
  return `${code} ${said}`;
};
const given = (type: LedgerEntryType, fields: Fields) => message(entry(type, fields));

describe('an entry is read', () => {
  test.each(BOOKINGS)('with all fields of %s, amounts as decimals and times as ms', (type) => {
    const read = readEntry(
      entry(type, { at: '2026-03-02T09:00:00Z', settlesAt: new Date(7), rates: { EUR: '1.10' } }),
    ) as BookingEntry;
    expect(Object.keys(read).sort()).toEqual(
      ['at', 'id', 'rates', 'settlesAt', 'type', ...Object.keys(GOOD[type])].sort(),
    );
    expect([read.at, read.settlesAt, String(read.rates!['EUR'])]).toEqual([1_772_442_000_000, 7, '1.1']);
    expect(Object.isFrozen(read)).toBe(true);
    expect(Object.isFrozen(read.rates)).toBe(true);
    // What was read is read as the same entry again, also from JSON.
    const again = readEntry(JSON.parse(JSON.stringify(read)) as LedgerEntryInput);
    expect(isSameEntry(again, read)).toBe(true);
  });

  test('that cancels or corrects another one, or closes the books', () => {
    const read = (type: LedgerEntryType) => readEntry(entry(type, { at: '2026-03-02T09:00:00Z' }));
    const common = { id: 'x', at: 1_772_442_000_000 };
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(plain(read('cancel'))).toEqual({ ...common, type: 'cancel', entry: 'b1' });
    expect(plain(read('closeBooks'))).toEqual({ ...common, type: 'closeBooks', until: 0 });
    const by = { type: 'buy', symbol: 'A', quantity: '1.5', price: '2', at: 0 };
    expect(plain(read('correct'))).toEqual({ ...common, type: 'correct', entry: 'b1', by });
    expect(isSameEntry(readEntry(plain(read('correct')) as LedgerEntryInput), read('correct'))).toBe(true);
    expect(given('cancel', { rates: { EUR: 1 } })).toContain('unknown field "rates"');
  });

  test.each(TYPES)('without the optional fields of %s', (type) => {
    const fields = Object.fromEntries(REQUIRED[type].map((name) => [name, GOOD[type][name]]));
    const amount = type === 'income' && { amount: 1 };
    const read = readEntry({ id: 'x', at: 1, type, ...fields, ...amount } as unknown as LedgerEntryInput);
    expect(Object.keys(read).sort()).toEqual(
      ['at', 'id', 'type', ...Object.keys({ ...fields, ...amount })].sort(),
    );
  });

  test('without fields that are undefined', () => {
    const read = readEntry(entry('deposit', { rates: undefined, settlesAt: undefined, other: undefined }));
    expect(Object.keys(read).sort()).toEqual(['amount', 'at', 'currency', 'id', 'type']);
  });

  test('with decimals that are trimmed, so that equal amounts are written alike', () => {
    const read = readEntry(entry('openingPosition', { quantity: '1.500', cost: Decimal.from('7.00') }));
    expect(JSON.stringify(read)).toContain('"quantity":"1.5","cost":"7"');
  });

  test('with totals of more digits than inputs have, where they are sums', () => {
    const wide = `${'9'.repeat(60)}.${'1'.repeat(36)}`;
    for (const [type, field] of [
      ['openingCash', 'amount'],
      ['openingPosition', 'cost'],
      ['openingPosition', 'baseCost'],
      ['openingPosition', 'realizedPnl'],
      ['transferIn', 'cost'],
      ['transferIn', 'baseCost'],
    ] as const)
      expect(JSON.stringify(readEntry(entry(type, { [field]: wide })))).toContain(wide);
  });
});

describe('an entry is refused', () => {
  test.each([null, undefined, 'buy', 5])('when it is %j', (input) => {
    expect(message(input)).toMatch(
      /^INVALID_ARGUMENT Ledger entry: expected an object with id, at and type, got /,
    );
  });

  test.each(['', 'dividend', 'toString', '__proto__', undefined, null, 5])('when its type is %j', (type) => {
    const said = message({ id: 'x', at: 1, type });
    expect(said).toMatch(/^INVALID_ARGUMENT Entry "x": type: expected /);
    for (const accepted of TYPES) expect(said).toContain(accepted);
  });

  test.each(TYPES.flatMap((type) => ['id', 'at', ...REQUIRED[type]].map((field) => [type, field] as const)))(
    'when it is a %s without %s',
    (type, field) => {
      const { [field as 'id']: _, ...rest } = entry(type);
      const name = field === 'id' ? 'undefined' : '"x"';
      expect(message(rest)).toBe(
        `INVALID_ARGUMENT Entry ${name}: ${field}: expected a value: ${type} needs it, got undefined.`,
      );
    },
  );

  test.each(TYPES)('when it is a %s with a field that there is not', (type) => {
    expect(given(type, { note: 5 })).toMatch(
      new RegExp(`^INVALID_ARGUMENT Entry "x": ${type}: unknown field "note"; accepted are type, id, at, `),
    );
  });

  test('when it has a field of another type', () => {
    expect(given('deposit', { symbol: 'A' })).toContain('deposit: unknown field "symbol"');
    expect(given('sell', { withheld: 1 })).toContain('sell: unknown field "withheld"');
    expect(given('transferOut', { cost: 1 })).toContain('transferOut: unknown field "cost"');
    expect(given('buy', { qantity: 1 })).toContain('unknown field "qantity"; did you mean "quantity"?');
  });

  const NAME = 'a string of 1 to 256 characters';
  const ID = 'a string of 1 to 300 characters';
  const NAMES = TYPES.flatMap((type) =>
    ['id', 'symbol', 'into', 'kind']
      .filter((field) => field === 'id' || field in GOOD[type])
      .map((field) => [type, field] as const),
  );
  test.each(NAMES)('when %s has no name for %s', (type, field) => {
    for (const [bad, shown] of [
      ['', '""'],
      [5, '5'],
      [null, 'null'],
      ['x'.repeat(field === 'id' ? 301 : 257), `"${'x'.repeat(64)}…"`],
    ] as const) {
      const [of, accepted] = field === 'id' ? [shown, ID] : ['"x"', NAME];
      expect(given(type, { [field]: bad })).toBe(
        `INVALID_ARGUMENT Entry ${of}: ${field}: expected ${accepted}, got ${shown}.`,
      );
    }
    const longest = 'x'.repeat(field === 'id' ? 300 : 256);
    expect(readEntry(entry(type, { [field]: longest }))).toMatchObject({ [field]: longest });
  });

  const AMOUNTS = BOOKINGS.flatMap((type) =>
    Object.keys(GOOD[type])
      .filter((field) => !/symbol|into|kind|urrency|acquiredAt|lots|sold|bought/.test(field))
      .map((field) => [type, field] as const),
  );
  test.each(AMOUNTS)('when the amount of %s, %s, is no decimal', (type, field) => {
    expect(given(type, { [field]: '1,5' })).toBe(
      `INVALID_DECIMAL Entry "x": ${field}: expected a finite decimal such as 12.5 or "12.50", got "1,5".`,
    );
    for (const bad of [
      NaN,
      Infinity,
      -Infinity,
      '',
      ' ',
      ' 1',
      '1 ',
      '1 000',
      '0x10',
      '1e',
      true,
      {},
      [],
      [1],
    ])
      expect(given(type, { [field]: bad })).toContain(`INVALID_DECIMAL Entry "x": ${field}: `);
    expect(given(type, { [field]: '1'.repeat(81) })).toContain(`OUT_OF_RANGE Entry "x": ${field}: `);
  });

  test('when an amount is null that must be known', () => {
    expect(given('buy', { fee: null })).toContain('INVALID_DECIMAL Entry "x": fee: ');
    expect(given('transferIn', { price: null })).toContain('INVALID_DECIMAL Entry "x": price: ');
    expect(readEntry(entry('transferIn', { cost: null, baseCost: null }))).toMatchObject({
      cost: null,
      baseCost: null,
    });
    expect(readEntry(entry('openingPosition', { cost: null }))).toMatchObject({ cost: null });
  });

  const ABOVE = 'a number above zero';
  test.each([
    ['deposit', 'amount', ABOVE, ['0', '-1']],
    ['withdrawal', 'amount', ABOVE, ['0', '-1']],
    ['buy', 'quantity', ABOVE, ['0', '-1']],
    ['buy', 'feeQuantity', ABOVE, ['0', '-1']],
    ['buy', 'amount', 'a number from zero', ['-1']],
    ['sell', 'quantity', ABOVE, ['0', '-1']],
    ['split', 'from', ABOVE, ['0', '-1']],
    ['split', 'to', ABOVE, ['0', '-1']],
    ['split', 'cashInLieuPrice', ABOVE, ['0', '-1']],
    ['spinOff', 'from', ABOVE, ['0', '-1']],
    ['spinOff', 'to', ABOVE, ['0', '-1']],
    ['spinOff', 'cashInLieuPrice', ABOVE, ['0', '-1']],
    ['spinOff', 'costShare', 'a number from zero', ['-0.1']],
    ['spinOff', 'costShare', 'a share from 0 to 1', ['1.01']],
    ['merger', 'from', ABOVE, ['0', '-1']],
    ['merger', 'to', ABOVE, ['0', '-1']],
    ['merger', 'cashCostShare', 'a number from zero', ['-0.1']],
    ['merger', 'cashCostShare', 'a share from 0 to 1', ['1.01']],
    ['transferIn', 'quantity', 'a number other than zero', ['0']],
    ['transferOut', 'quantity', ABOVE, ['0', '-1']],
  ] as const)('when %s has a %s that is not %s', (type, field, accepted, bad) => {
    for (const value of bad) {
      expect(given(type, { [field]: value })).toBe(
        `INVALID_ARGUMENT Entry "x": ${field}: expected ${accepted}, got "${value}".`,
      );
    }
  });

  test('when its income in units has no quantity above zero', () => {
    const inUnits = { amount: undefined, withheld: undefined, price: 1 };
    expect(given('income', { ...inUnits, quantity: 0 })).toBe(
      'INVALID_ARGUMENT Entry "x": quantity: expected a number above zero, got "0".',
    );
  });

  const CURRENCIES = TYPES.flatMap((type) =>
    ['currency', 'feeCurrency'].filter((field) => field in GOOD[type]).map((field) => [type, field] as const),
  );
  test.each(CURRENCIES)('when %s has a %s that is not known', (type, field) => {
    for (const bad of ['usd', '', ' USD', 'USD ', 'US', '__proto__', 5, null, {}])
      expect(given(type, { [field]: bad })).toMatch(
        new RegExp(
          `^UNKNOWN_CURRENCY Entry "x": ${field}: .* is not a known currency\\.( Did you mean "USD"\\?)? Accepted are `,
        ),
      );
  });

  test('when a side of a conversion is not an amount of a currency', () => {
    for (const side of ['sold', 'bought'] as const) {
      expect(given('conversion', { [side]: 5 })).toBe(
        `INVALID_ARGUMENT Entry "x": ${side}: expected { amount, currency }, got 5.`,
      );
      expect(given('conversion', { [side]: null })).toContain(
        `${side}: expected { amount, currency }, got null`,
      );
      expect(given('conversion', { [side]: { amount: 0, currency: 'EUR' } })).toBe(
        `INVALID_ARGUMENT Entry "x": ${side}.amount: expected a number above zero, got "0".`,
      );
      expect(given('conversion', { [side]: { amount: 1, currency: 'eur' } })).toMatch(
        new RegExp(`^UNKNOWN_CURRENCY Entry "x": ${side}\\.currency: "eur" is not a known currency`),
      );
    }
    expect(given('conversion', { sold: { amount: 1, currency: 'EUR', rate: '1.1' } })).toBe(
      'INVALID_ARGUMENT Entry "x": sold: unknown field "rate"; accepted are amount, currency.',
    );
    expect(given('conversion', { bought: { amount: 1, currency: 'EUR' } })).toBe(
      'INVALID_ARGUMENT Entry "x": bought.currency: expected another currency than the one sold, got "EUR".',
    );
    const pence = { sold: { amount: 100, currency: 'GBp' }, bought: { amount: 1, currency: 'GBP' } };
    expect(given('conversion', pence)).toBe(
      'INVALID_ARGUMENT Entry "x": bought.currency: expected another currency than the one sold, got "GBP".',
    );
  });

  test('when its lots are no list of lots with quantities', () => {
    const LIST = 'a list of { lot, quantity }';
    expect(given('sell', { lots: [] })).toBe(
      `INVALID_ARGUMENT Entry "x": lots: expected ${LIST}, got an array.`,
    );
    expect(given('sell', { lots: { lot: 'x', quantity: 1 } })).toContain(
      `lots: expected ${LIST}, got an object`,
    );
    expect(given('sell', { lots: [{ lot: 'x', quantity: 1 }, { quantity: 1 }] })).toBe(
      `INVALID_ARGUMENT Entry "x": lots[1].lot: expected ${ID}, got undefined.`,
    );
    expect(given('sell', { lots: [null] })).toContain(`lots[0].lot: expected ${ID}, got undefined`);
    expect(given('sell', { lots: [{ lot: '', quantity: 1 }] })).toContain(
      `lots[0].lot: expected ${ID}, got ""`,
    );
    const longest = { lot: 'x'.repeat(300), quantity: '1' };
    expect(readEntry(entry('sell', { lots: [longest] }))).toMatchObject({ lots: [{ lot: longest.lot }] });
    expect(given('sell', { lots: [{ lot: 'x', quantity: 1, price: 3 }] })).toBe(
      'INVALID_ARGUMENT Entry "x": lots[0]: unknown field "price"; accepted are lot, quantity.',
    );
    expect(given('sell', { lots: [{ lot: 'x', quantity: 0 }] })).toBe(
      'INVALID_ARGUMENT Entry "x": lots[0].quantity: expected a number above zero, got "0".',
    );
  });

  test('when its rates are not above zero, not of a currency, or longer than 18 digits', () => {
    expect(given('deposit', { rates: 5 })).toBe(
      'INVALID_ARGUMENT Entry "x": rates: expected rates by currency, got 5.',
    );
    expect(given('deposit', { rates: null })).toContain('rates: expected rates by currency, got null');
    expect(given('deposit', { rates: new Map([['EUR', 1]]) })).toContain(
      'rates: expected rates by currency, got an object',
    );
    expect(given('deposit', { rates: [1] })).toContain('UNKNOWN_CURRENCY Entry "x": rates: "0" is not');
    expect(given('deposit', { rates: { EUR: NaN } })).toContain('INVALID_DECIMAL Entry "x": rates.EUR: ');
    expect(given('deposit', { rates: { EUR: 0 } })).toBe(
      'INVALID_ARGUMENT Entry "x": rates.EUR: expected a number above zero, got "0".',
    );
    expect(given('deposit', { rates: { eur: 1 } })).toMatch(
      /^UNKNOWN_CURRENCY Entry "x": rates: "eur" is not a known currency/,
    );
    expect(given('deposit', { rates: { EUR: '1.234567890123456789' } })).toBe(
      'OUT_OF_RANGE Entry "x": rates.EUR: 1.234567890123456789 has 19 significant digits; a rate holds at most 18.',
    );
    const longest = readEntry(
      entry('deposit', { rates: { EUR: '1.234567890123456780', GBP: '0.000000000000000012' } }),
    ) as BookingEntry;
    expect(String(longest.rates!['EUR'])).toBe('1.23456789012345678');
  });

  const TIME = 'ms since 1970 up to the year 9999, an ISO 8601 string with a zone, or a Date';
  test.each(['at', 'settlesAt', 'acquiredAt'])(
    'when its time, %s, has no zone, is none or not in ms',
    (field) => {
      for (const [bad, shown] of [
        [1_790_000_000_000_000, '1790000000000000'],
        [1_790_000_000_000_000_000, '1790000000000000000'],
        [-1_790_000_000_000_000, '-1790000000000000'],
        [Infinity, 'Infinity'],
        ['1790000000000', '"1790000000000"'],
        ['', '""'],
        [' 2026-03-02T09:00:00Z ', '" 2026-03-02T09:00:00Z "'],
        [true, 'true'],
        ['2026-03-02T09:00:00', '"2026-03-02T09:00:00"'],
        ['2026-03-02', '"2026-03-02"'],
        ['soonZ', '"soonZ"'],
        [NaN, 'NaN'],
        [253_402_300_800_000, '253402300800000'],
        [null, 'null'],
        [new Date(NaN), 'a Date'],
        [5n, '5n'],
        ['05-03-2026', '"05-03-2026"'],
        ['5 Mar -0500', '"5 Mar -0500"'],
        ['2026-02-30T09:00:00Z', '"2026-02-30T09:00:00Z"'],
      ] as const)
        expect(given('transferIn', { [field]: bad })).toBe(
          `INVALID_ARGUMENT Entry "x": ${field}: expected ${TIME}, got ${shown}.`,
        );
    },
  );

  test('when it is income with neither or both of amount and units', () => {
    const either = 'income: expected either amount, or quantity and price, got "amount and quantity".';
    expect(given('income', { quantity: 1, price: 1 })).toContain(either);
    expect(given('income', { amount: undefined })).toContain(either);
    const whole = 'income in units: expected symbol, quantity and price, got undefined.';
    const units = { amount: undefined, withheld: undefined, quantity: 1, price: 1 };
    expect(given('income', { ...units, price: undefined })).toContain(whole);
    expect(given('income', { ...units, quantity: undefined })).toContain(whole);
    expect(given('income', { ...units, symbol: undefined })).toContain(whole);
    expect(given('income', { ...units, withheld: '0.2' })).toBe(
      'INVALID_ARGUMENT Entry "x": withheld: expected no withheld tax with income in units: sell units, or enter a tax, got "0.2".',
    );
    expect(readEntry(entry('income', units))).toMatchObject({ kind: 'dividend' });
  });

  test.each(['spinOff', 'rename', 'merger'] as const)('when a %s leads into the same symbol', (type) => {
    expect(given(type, { into: 'A' })).toBe(
      'INVALID_ARGUMENT Entry "x": into: expected another symbol, got "A".',
    );
  });

  test('with what it was given quoted, escaped and cut', () => {
    const hostile = '\n'.repeat(10_000);
    for (const input of [
      entry('deposit', { id: hostile, amount: 'x' }),
      entry('deposit', { amount: hostile }),
      entry('deposit', { currency: hostile }),
      { ...entry('deposit'), type: hostile },
      entry('sell', { lots: [{ lot: hostile, quantity: 1 }] }),
    ]) {
      expect(message(input).includes('\n')).toBe(false);
      expect(message(input).length).toBeLessThan(400);
    }
  });

  test('with names of fields and codes of rates quoted, escaped and cut', () => {
    const hostile = '\n'.repeat(10_000);
    for (const fields of [{ [hostile]: 1 }, { rates: { [hostile]: 0 } }, { rates: { [hostile]: 'x' } }]) {
      expect(given('deposit', fields).includes('\n')).toBe(false);
      expect(given('deposit', fields).length).toBeLessThan(400);
    }
  });
});

describe('two entries are the same', () => {
  const a = readEntry(entry('sell', { rates: { EUR: 1, GBP: '1.20' } }));
  const same = (fields: Fields) =>
    isSameEntry(a, readEntry(entry('sell', { rates: { EUR: 1, GBP: '1.20' }, ...fields })));

  test('whatever the order of their fields and the form of their amounts', () => {
    expect(same({})).toBe(true);
    expect(same({ quantity: '1.000', price: '0.0', at: '1970-01-01T00:00:00.001Z' })).toBe(true);
    expect(same({ rates: { GBP: '1.2', EUR: '1.0' } })).toBe(true);
    const { type, id, at, ...rest } = entry('sell', { rates: { EUR: 1, GBP: '1.20' } });
    expect(isSameEntry(a, readEntry({ ...rest, at, id, type } as LedgerEntryInput))).toBe(true);
  });

  test.each<[string, Fields]>([
    ['amount', { quantity: 2 }],
    ['time', { at: 2 }],
    ['symbol', { symbol: 'B' }],
    ['more', { fee: 0 }],
    ['less', { lots: undefined }],
    ['lots', { lots: [{ lot: 'y', quantity: '0.5' }] }],
    ['rates', { rates: { EUR: 1, GBP: '1.21' } }],
    ['rates that are missing', { rates: { EUR: 1 } }],
  ])('not with another %s', (_, fields) => {
    expect(same(fields)).toBe(false);
  });
});

test('a time is ms since 1970, an ISO string with a zone, or a Date', () => {
  expect(
    [
      5,
      0,
      -1.5,
      new Date(7),
      '1970-01-01T00:00:01Z',
      '1970-01-01T01:00:00+01:00',
      '1970-01-01T00:00:00+0000',
    ].map((input) => timeOf(input, 'here')),
  ).toEqual([5, 0, -1.5, 7, 1000, 0, 0]);
  expect(timeOf('9999-12-31T23:59:59.999Z', 'here')).toBe(253_402_300_799_999);
  // Seconds cannot be told from ms of 1970.
  expect(timeOf(1_790_000_000, 'here')).toBe(1_790_000_000);
});
