import { PriceChangedBatch } from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { expect, test } from 'vitest';
import { PriceFeed } from '../../../src/gateway/feeds/price-feed.js';

test('a changed price whose topic was dropped or followed again is updated once', () => {
  const clock = new FakeClock();
  const none = { staleAfter: undefined, calendars: undefined, book: undefined };
  const feed = new PriceFeed({ clock, ...none, onChanged: () => undefined, onError: () => undefined });
  const move = (price: string): void =>
    feed.take(PriceChangedBatch.ofUpdates([{ symbol: 'A', price, timestamp: clock.now() }], clock.now()));
  let offset = 0;
  const next = () => ++offset;

  feed.follow('A', next);
  move('1');
  move('2');
  feed.forget('A');
  expect([...feed.refresh(next())]).toEqual([]);

  move('3');
  feed.follow('A', next);
  move('4');
  feed.forget('A');
  const followed = feed.follow('A', next);
  followed.holds++;
  move('5');
  expect([...feed.refresh(next())]).toEqual([followed]);
  expect(followed.fragment().text).toContain('"price":"5"');
  expect([...feed.refresh(next())]).toEqual([]);
});
