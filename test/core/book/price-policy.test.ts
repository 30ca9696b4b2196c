import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import {
  exitPrice,
  lastPrice,
  midPrice,
  type PricePolicy,
  type Quote,
} from '../../../src/core/book/price-policy.js';

interface Plain {
  readonly last?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly state?: Quote['state'];
}

function chosen(policy: PricePolicy, { last = '100', bid, ask, state = 'open' }: Plain): string[] {
  const decimal = (text: string | undefined) => (text === undefined ? null : Decimal.from(text));
  const quote: Quote = {
    symbol: 'X',
    last: Decimal.from(last),
    bid: decimal(bid),
    ask: decimal(ask),
    previousClose: null,
    state,
  };
  return (['long', 'short'] as const).map((side) => {
    const { price, kind } = policy.choose(quote, side)!;
    return `${kind} ${price}`;
  });
}

const quoted = { bid: '99', ask: '102' };

test('"last" chooses the last trade, or the close outside the session', () => {
  expect(chosen(lastPrice, quoted)).toEqual(['last 100', 'last 100']);
  expect(chosen(lastPrice, { ...quoted, state: 'halted' })).toEqual(['last 100', 'last 100']);
  expect(chosen(lastPrice, { ...quoted, state: 'closed' })).toEqual(['close 100', 'close 100']);
});

describe.each([
  ['exit', exitPrice, ['bid 99', 'ask 102']],
  ['mid', midPrice, ['mid 100.5', 'mid 100.5']],
] as const)('the %s policy', (_, policy, fromQuotes) => {
  test('uses bid and ask while there is trading, delayed or not', () => {
    expect(chosen(policy, quoted)).toEqual(fromQuotes);
    expect(chosen(policy, { ...quoted, state: 'delayed' })).toEqual(fromQuotes);
  });

  test('uses the last price without a session, in a halt, without a bid or ask, and when they are crossed', () => {
    expect(chosen(policy, { ...quoted, state: 'closed' })).toEqual(['close 100', 'close 100']);
    expect(chosen(policy, { ...quoted, state: 'halted' })).toEqual(['last 100', 'last 100']);
    expect(chosen(policy, { bid: '99' })).toEqual(['last 100', 'last 100']);
    expect(chosen(policy, { ask: '102' })).toEqual(['last 100', 'last 100']);
    expect(chosen(policy, { bid: '102', ask: '99' })).toEqual(['last 100', 'last 100']);
    expect(chosen(policy, {})).toEqual(['last 100', 'last 100']);
  });
});

test('an equal bid and ask are not crossed', () => {
  expect(chosen(exitPrice, { bid: '101', ask: '101.0' })).toEqual(['bid 101', 'ask 101']);
});

test('the middle of bid and ask is exact', () => {
  expect(chosen(midPrice, { bid: '0.00000001', ask: '0.00000002' })[0]).toBe('mid 0.000000015');
});
