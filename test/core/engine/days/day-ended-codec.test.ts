import { describe, expect, test } from 'vitest';
import { DAY_ENDED, type DayEndedEvent } from '../../../../src/core/engine/days/day-ended-event.js';
import { knownCodecs } from '../../../../src/core/engine/known-codecs.js';
import { EventCodecs, type EventEncoding } from '../../../../src/core/messaging/event-codec.js';
import { Decimal } from '../../../../src/core/money/decimal.js';

const day = { calendar: 'us-equities', date: '2026-11-27', endedAt: 1_796_014_800_000 } as const;
const event: DayEndedEvent = {
  type: DAY_ENDED,
  id: 'e1',
  occurredAt: 1_796_014_800_500,
  ...day,
  label: 'US',
  results: [
    { ...day, portfolioId: 'p', currency: 'USD', pnl: Decimal.from('-12.50'), officialCloses: 2 },
    { ...day, portfolioId: 'q', currency: 'JPY', pnl: null, officialCloses: 0 },
  ],
};
const data = {
  ...day,
  label: 'US',
  results: [{ portfolioId: 'p', currency: 'USD', pnl: '1.00', officialCloses: 0 }],
};
const messageWith = (given: object): string =>
  JSON.stringify({
    ...{ specversion: '1.0', type: DAY_ENDED, source: 's', id: 'e1', time: '2026-01-01T00:00:00Z' },
    data: given,
  });

describe('DayEndedCodec', () => {
  const codecs = new EventCodecs({ codecs: knownCodecs() });

  test.each<EventEncoding>(['json', 'compact'])('keeps all fields in %s', (encoding) => {
    const message = new EventCodecs({ codecs: knownCodecs(), encoding }).encode(event, {
      source: 's',
      sequence: null,
    });
    const { event: read } = codecs.decode(message);
    expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(event)));
    expect((read as DayEndedEvent).results[0]!.pnl!.equals(Decimal.from('-12.5'))).toBe(true);
  });

  test('reads a message of an older version, which has no label', () => {
    const { label: _, ...older } = data;
    expect(codecs.decode(messageWith(older)).event).toMatchObject({
      calendar: 'us-equities',
      label: 'us-equities',
    });
  });

  test.each([
    [{ ...data, calendar: 1 }, 'data.calendar'],
    [{ ...data, label: 1 }, 'data.label'],
    [{ ...data, date: null }, 'data.date'],
    [{ ...data, endedAt: '0' }, 'data.endedAt'],
    [{ ...data, results: {} }, 'data.results'],
    [{ ...data, results: [{ ...data.results[0], portfolioId: 1 }] }, 'data.results[0].portfolioId'],
    [{ ...data, results: [{ ...data.results[0], pnl: 1 }] }, 'data.results[0].pnl'],
    [{ ...data, results: [{ ...data.results[0], pnl: 'much' }] }, 'data.results[0].pnl'],
    [{ ...data, results: [{ ...data.results[0], officialCloses: 0.5 }] }, 'data.results[0].officialCloses'],
  ])('refuses %j', (given, where) => {
    expect(() => codecs.decode(messageWith(given))).toThrow(where);
  });
});
