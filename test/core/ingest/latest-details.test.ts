import { describe, expect, test } from 'vitest';
import type { PriceDetails } from '../../../src/core/prices/price-update.js';
import { LatestDetails } from '../../../src/core/ingest/latest-details.js';

function detailsOf() {
  const details = new LatestDetails();
  return (given?: PriceDetails, id = 70) =>
    JSON.parse(JSON.stringify(details.merge(id, given) ?? null)) as unknown;
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
    expect(follow()).toEqual({ previousClose: 9 });
    expect(follow({ bid: 2 })).toEqual({ bid: 2, previousClose: 9 });
    expect(follow({ previousClose: 8 })).toEqual({ previousClose: 8 });
    expect(follow(undefined, 3)).toBeNull();
  });

  test('keep a currency until another comes, which ends the previous close', () => {
    const follow = detailsOf();
    follow({ previousClose: 9, currency: 'GBp' });
    expect(follow()).toEqual({ previousClose: 9, currency: 'GBp' });
    expect(follow({ currency: 'GBP' })).toEqual({ currency: 'GBP' });
    expect(follow({ currency: 'GBp' })).toEqual({ currency: 'GBp' });
    expect(follow({ currency: 'EUR', previousClose: 7 })).toEqual({ currency: 'EUR', previousClose: 7 });
  });

  test('continue from those that an earlier process stored', () => {
    const details = new LatestDetails();
    details.startFrom(0, { currency: 'USD', previousClose: '5' });
    details.startFrom(900, {});
    expect(details.merge(0, undefined)).toMatchObject({ currency: 'USD', previousClose: '5' });
    expect(details.merge(900, undefined)).toBeUndefined();
  });
});
