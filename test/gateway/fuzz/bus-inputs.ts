import { EventCodecs, type EventCodec } from '../../../src/core/messaging/event-codec.js';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import { PriceChangedCodec } from '../../../src/core/prices/price-changed-codec.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { HoldingsChangedCodec } from '../../../src/core/portfolio/holdings-changed-codec.js';
import { holdingsChanged } from '../../../src/core/portfolio/holdings-changed-event.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { sampleValues } from '../../core/engine/sample-values.js';
import type { Chance } from './chance.js';
import { mutated, mutatedBytes } from './mutation.js';

const codecsOf = (encoding: 'json' | 'compact'): EventCodecs =>
  new EventCodecs({
    codecs: [new PriceChangedCodec(), new PortfolioValuedCodec(), new HoldingsChangedCodec()] as EventCodec[],
    encoding,
  });
const json = codecsOf('json');
const gap = { type: 'gap', from: 1, to: 2, symbols: ['ACME', 'GLOBEX'], reason: 'silence', recovered: false };
const access = {
  type: 'tickmark.gateway.access-changed',
  epoch: 'other',
  change: 'revoked',
  subject: 'alice',
  portfolioId: null,
  symbol: null,
};

const EVENTS: DomainEvent[] = [
  PriceChangedBatch.ofUpdates(
    [
      {
        symbol: 'ACME',
        price: '12.50',
        timestamp: 1_700_000_000_000,
        bid: 1,
        currency: 'USD',
        state: 'open',
      },
      { symbol: 'GLOBEX', price: 7, timestamp: 1_700_000_000_001, sequence: 5 },
    ],
    1_700_000_000_100,
  ),
  sampleValues('positions'),
  holdingsChanged('desk', 3, 'saved', 5),
  holdingsChanged('other', 4, 'deleted', 5),
  ...[
    { type: 'tickmark.stream.gap', source: 'mock', gap },
    { ...gap, type: 'tickmark.bus.gap', types: [access.type, 'tickmark.prices.changed'], lost: null },
    access,
    { ...access, change: 'disconnected', subject: 'bob' },
    { ...access, portfolioId: 'desk', subject: null },
    { type: 'tickmark.gateway.bus-probe', epoch: 'other' },
  ].map((event) => ({ ...event, id: 'fuzz', occurredAt: 1 })),
];
const MESSAGES = EVENTS.flatMap((event) =>
  [json, codecsOf('compact')].map((codecs) =>
    Buffer.from(codecs.encode(event, { source: 'fuzz', sequence: 1 })),
  ),
);

/** A message of the bus, valid or damaged. */
export function busMessage(chance: Chance): Buffer {
  const message = chance.pick(MESSAGES);
  if (chance.oneIn(4)) return message;
  return chance.oneIn(2)
    ? mutatedBytes(message, chance)
    : Buffer.from(mutated(message.toString('latin1'), chance), 'latin1');
}

/** The event of a message, as a bus delivers it. @throws TickmarkError `MALFORMED_INPUT`. */
export function decodeMessage(message: Buffer): DomainEvent {
  return json.decode(message).event;
}
