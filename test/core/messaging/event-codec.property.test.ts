import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventCodecs, type EventCodec } from '../../../src/core/messaging/event-codec.js';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import { seededRandom } from '../../../src/core/random.js';
import { PriceChangedCodec } from '../../../src/core/prices/price-changed-codec.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { HoldingsChangedCodec } from '../../../src/core/portfolio/holdings-changed-codec.js';
import { holdingsChanged } from '../../../src/core/portfolio/holdings-changed-event.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { ANY_CHARACTER } from '../../any-character.js';
import { seed, sized } from '../../sizes.js';
import { sampleValues } from '../engine/sample-values.js';

const ORIGIN = { source: 'tickmark/test', sequence: 3 };
const CODECS = (): EventCodec[] =>
  [new PriceChangedCodec(), new PortfolioValuedCodec(), new HoldingsChangedCodec()] as EventCodec[];
const ENCODINGS = ['json', 'compact'] as const;
const DAMAGED = sized({ quick: 2000, gate: 10_000, full: 100_000 });
const bytes = (message: string | Uint8Array): Uint8Array => Buffer.from(message);
const malformed = expect.objectContaining({ name: 'TickmarkError', code: 'MALFORMED_INPUT' }) as Error;

describe.each(ENCODINGS)('encoded as %s', (encoding) => {
  const codecs = new EventCodecs({ codecs: CODECS(), encoding });
  const there = (event: DomainEvent) => codecs.decode(bytes(codecs.encode(event, ORIGIN)));

  test('a plain event is decoded with all its data, its source and its sequence number', () => {
    const json = fc.dictionary(fc.string({ unit: ANY_CHARACTER }), fc.jsonValue().map(withoutNegativeZero));
    fc.assert(
      fc.property(
        json,
        fc.string({ minLength: 1, unit: ANY_CHARACTER }),
        fc.oneof(fc.maxSafeInteger(), fc.double({ noDefaultInfinity: true, noNaN: true })),
        (data, id, occurredAt) => {
          const { ['__proto__']: _1, conflate: _2, toJSON: _3, ...fields } = data;
          const event = { ...fields, type: 'my.event', id, occurredAt: occurredAt + 0 };
          const read = there(event);
          // Keys of this name are dropped at any depth.
          const safe = (key: string, value: unknown) => (key === '__proto__' ? undefined : value);
          expect(read).toEqual({ ...ORIGIN, event: JSON.parse(JSON.stringify(event), safe) as unknown });
        },
      ),
      { numRuns: sized({ quick: 150, gate: 1000, full: 20_000 }) },
    );
  });

  test('each damaged message is decoded to an event or rejected with MALFORMED_INPUT', () => {
    const random = seededRandom(seed);
    const pick = (below: number) => Math.floor(random() * below);
    const originals = [
      holdingsChanged('p', 3, 'saved', 5),
      PriceChangedBatch.ofUpdates(
        [
          { symbol: 'A', price: '12.50', timestamp: 1000, bid: 1, currency: 'USD', state: 'open' },
          { symbol: 'B', price: 7, timestamp: 900, sequence: 5 },
        ],
        2000,
      ),
      sampleValues('positions'),
      { type: 'plain', id: 'x', occurredAt: 1, list: [1, { a: null }] },
    ].map((event) => bytes(codecs.encode(event, ORIGIN)));
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < DAMAGED; round++) {
      const message = damaged(originals[pick(originals.length)]!, pick);
      try {
        const { event } = codecs.decode(message);
        expect([typeof event.type, typeof event.id, typeof event.occurredAt]).toEqual([
          'string',
          'string',
          'number',
        ]);
        outcomes.read++;
      } catch (error) {
        expect(error).toEqual(malformed);
        outcomes.refused++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(DAMAGED / 100);
    expect(outcomes.refused).toBeGreaterThan(0.4 * DAMAGED);
  });
});

// JSON.stringify() writes 0 for it.
const withoutNegativeZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A message with some bytes changed, removed or repeated, or with a value replaced. */
function damaged(message: Uint8Array, pick: (below: number) => number): Uint8Array {
  const copy = Uint8Array.from(message);
  const at = pick(copy.length);
  switch (pick(5)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      copy[at] = pick(256);
      return copy;
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(pick(copy.length))]);
    case 3:
      for (let count = 0; count < 4; count++) copy[pick(copy.length)] = pick(256);
      return copy;
    default: {
      const values = ['null', '-1', '1e400', '"x"', '[]', '{}', '{"base":1,"add":[]}', '"__proto__"', '1.5'];
      const text = Buffer.from(message).toString('latin1');
      const fields = [...text.matchAll(/":("[^"]*"|[\d.]+|null|\[[^[\]{}]*\])/g)];
      const field = fields[pick(fields.length)]!;
      const start = field.index + 2;
      const changed =
        text.slice(0, start) + values[pick(values.length)]! + text.slice(start + field[1]!.length);
      return Buffer.from(changed, 'latin1');
    }
  }
}
