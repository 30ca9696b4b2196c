import { describe, expect, test } from 'vitest';
import type { PriceDetails } from '../../../src/core/prices/price-update.js';
import { LatestDetails } from '../../../src/core/ingest/latest-details.js';

const DAY = 86_400_000;
const AT = 10 * DAY;

function detailsOf() {
  const details = new LatestDetails((_id, at) => at - DAY);
  return (given?: PriceDetails, id = 70, at = AT) =>
    JSON.parse(JSON.stringify(details.merge(id, given, { timestamp: at }) ?? null)) as unknown;
}

describe('the details of a symbol', () => {
  test('are those of the newest update; none if it has none', () => {
    const follow = detailsOf();
    expect(follow({ bid: 1, ask: 2, state: 'delayed' })).toEqual({ bid: 1, ask: 2, state: 'delayed' });
    expect(follow({ ask: 3 })).toEqual({ ask: 3 });
    expect(follow()).toBeNull();
  });

  test('keep a previous close until another comes', () => {
    const follow = detailsOf();
    follow({ previousClose: 9, bid: 1 });
    const previousCloseAt = AT - DAY;
    expect(follow()).toEqual({ previousClose: 9, previousCloseAt });
    expect(follow({ bid: 2 })).toEqual({ bid: 2, previousClose: 9, previousCloseAt });
    expect(follow({ previousClose: 8 })).toEqual({ previousClose: 8, previousCloseAt });
    expect(follow(undefined, 3)).toBeNull();
  });

  test('date a close by the price that it came with, not by later ones', () => {
    const follow = detailsOf();
    follow({ previousClose: 9 });
    expect(follow({ bid: 2 }, 70, AT + 5 * DAY)).toMatchObject({ previousCloseAt: AT - DAY });
    expect(follow({ previousClose: 9 }, 70, AT + DAY)).toMatchObject({ previousCloseAt: AT });
    expect(follow({ previousClose: 9, previousCloseAt: 5 })).toMatchObject({ previousCloseAt: 5 });
  });

  test('keep a currency until another comes, which ends the previous close', () => {
    const follow = detailsOf();
    follow({ previousClose: 9, currency: 'GBp' });
    expect(follow()).toMatchObject({ previousClose: 9, currency: 'GBp' });
    expect(follow({ currency: 'GBP' })).toEqual({ currency: 'GBP' });
    expect(follow({ currency: 'GBp' })).toEqual({ currency: 'GBp' });
    expect(follow({ currency: 'EUR', previousClose: 7 })).toMatchObject({
      currency: 'EUR',
      previousClose: 7,
    });
  });

  test('continue from those that an earlier process stored', () => {
    const details = new LatestDetails(() => AT);
    details.startFrom(0, { currency: 'USD', previousClose: '5' });
    details.startFrom(900, {});
    expect(details.merge(0, undefined, { timestamp: AT })).toMatchObject({
      currency: 'USD',
      previousClose: '5',
    });
    expect(details.merge(900, undefined, { timestamp: AT })).toBeUndefined();
  });
});
