import { describe, expect, test } from 'vitest';
import { EventCodecs, type EventCodec } from '../../../src/core/messaging/event-codec.js';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import { PriceChangedCodec } from '../../../src/core/prices/price-changed-codec.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { HoldingsChangedCodec } from '../../../src/core/portfolio/holdings-changed-codec.js';
import { holdingsChanged } from '../../../src/core/portfolio/holdings-changed-event.js';

const ORIGIN = { source: 'tickmark/test', sequence: 3 };
const CODECS = (): EventCodec[] =>
  [new PriceChangedCodec(), new PortfolioValuedCodec(), new HoldingsChangedCodec()] as EventCodec[];
const ENCODINGS = ['json', 'compact'] as const;
const bytes = (message: string | Uint8Array): Uint8Array => Buffer.from(message);
const malformed = expect.objectContaining({ name: 'TickmarkError', code: 'MALFORMED_INPUT' }) as Error;

describe.each(ENCODINGS)('encoded as %s', (encoding) => {
  const codecs = new EventCodecs({ codecs: CODECS(), encoding });
  const there = (event: DomainEvent) => codecs.decode(bytes(codecs.encode(event, ORIGIN)));

  test('a key __proto__ changes no prototype, not even that of a copy', () => {
    const data = '{"__proto__":{"isAdmin":true},"deep":[{"\\u005f_proto__":{"isAdmin":true}}]}';
    const text = String(new EventCodecs().encode({ type: 'a', id: 'b', occurredAt: 1 }, ORIGIN));
    const { event } = codecs.decode(bytes(text.replace(/"data":\{.*\}/, `"data":${data}}`)));
    const copy = Object.assign({}, event) as { isAdmin?: boolean; deep?: object[] };
    expect([copy.isAdmin, Object.assign({}, copy.deep![0]), ({} as { isAdmin?: boolean }).isAdmin]).toEqual([
      undefined,
      {},
      undefined,
    ]);
  });

  test('a field named conflate is dropped, since it cannot be a function', () => {
    const read = there({ type: 'a', id: 'b', occurredAt: 1, conflate: 'x' } as unknown as DomainEvent);
    expect(read.event).toEqual({ type: 'a', id: 'b', occurredAt: 1 });
  });

  test('every decoder understands both encodings', () => {
    const other = new EventCodecs({ codecs: CODECS(), encoding: encoding === 'json' ? 'compact' : 'json' });
    const event = holdingsChanged('p', 3, 'deleted', 5);
    expect(other.decode(bytes(codecs.encode(event, ORIGIN))).event).toEqual(event);
  });
});

// JSON.stringify() writes 0 for it.

describe('the envelope', () => {
  const codecs = new EventCodecs();

  test('is CloudEvents 1.0', () => {
    const text = codecs.encode({ type: 'a.b', id: 'i', occurredAt: 1_700_000_000_000, n: 1 } as DomainEvent, {
      source: 's',
      sequence: 12,
    });
    expect(JSON.parse(text as string)).toEqual({
      specversion: '1.0',
      type: 'a.b',
      source: 's',
      id: 'i',
      time: '2023-11-14T22:13:20.000Z',
      datacontenttype: 'application/json',
      sequence: '12',
      data: { n: 1 },
    });
  });

  test.each([
    ['{}'],
    ['null'],
    ['[]'],
    ['"x"'],
    [''],
    ['{"specversion":"1.0"}'],
    ['{"specversion":"1.0","type":"","source":"s","id":"i","time":"2023-11-14T22:13:20Z","data":{}}'],
    ['{"specversion":"1.0","type":"t","source":"s","id":"","time":"2023-11-14T22:13:20Z","data":{}}'],
    ['{"specversion":"1.0","type":"t","source":"s","id":"i","time":"soon","data":{}}'],
    ['{"specversion":"1.0","type":"t","source":"s","id":"i","time":"2023-11-14T22:13:20Z"}'],
    ['{"specversion":"1.0","type":"t","source":"s","id":"i","time":"2023-11-14T22:13:20Z","data":[1]}'],
    ['{"specversion":"0.3","type":"t","source":"s","id":"i","time":"2023-11-14T22:13:20Z","data":{}}'],
    [
      '{"specversion":"1.0","type":"t","source":"s","id":"i","time":"2023-11-14T22:13:20Z","sequence":"-1","data":{}}',
    ],
    [`${'['.repeat(100_000)}`],
    [`{"__proto__":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('is rejected with MALFORMED_INPUT: %.60s', (text) =>
    expect(() => codecs.decode(text)).toThrow(malformed),
  );

  test('is rejected beyond maxMessageBytes, before it is parsed', () => {
    const small = new EventCodecs({ maxMessageBytes: 200 });
    expect(() => small.decode('x'.repeat(201))).toThrow('200 bytes');
    const long = { type: 'a', id: 'i', occurredAt: 1, text: 'x'.repeat(200) } as DomainEvent;
    const tooLarge = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE', retryable: false }) as Error;
    expect(() => small.encode(long, ORIGIN)).toThrow(tooLarge);
  });

  test('is measured in bytes, so that every written message can be read', () => {
    const event = { type: 'a', id: 'i', occurredAt: 1, text: '中'.repeat(100) } as DomainEvent;
    const bytes = new TextEncoder().encode(new EventCodecs().encode(event, ORIGIN) as string).length;
    const exact = new EventCodecs({ maxMessageBytes: bytes });
    const message = new TextEncoder().encode(exact.encode(event, ORIGIN) as string);
    expect(exact.decode(message).event).toMatchObject({ id: 'i' });
    const shorter = new EventCodecs({ maxMessageBytes: bytes - 1 });
    expect(() => shorter.encode(event, ORIGIN)).toThrow(`is ${bytes} bytes`);
  });

  test.each([
    [{ type: '', id: 'i', occurredAt: 1 }],
    [{ type: 't', id: '', occurredAt: 1 }],
    [{ type: 't', id: 'i', occurredAt: NaN }],
    [{ type: 't', id: 'i', occurredAt: 1, big: 1n }],
  ])('is rejected for the event %o', (event) => {
    expect(() => codecs.encode(event, ORIGIN)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  test('is not written if it is too deep, and is rejected before it is parsed', () => {
    const deep = JSON.parse('['.repeat(80) + ']'.repeat(80)) as unknown;
    const event = { type: 'a', id: 'i', occurredAt: 1, deep } as DomainEvent;
    for (const encoding of ENCODINGS) {
      expect(() => new EventCodecs({ encoding }).encode(event, ORIGIN)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('at most 64 levels') as string,
        }) as Error,
      );
    }
    const text = codecs.encode(
      { type: 'a', id: 'i', occurredAt: 1, deep: 7 } as DomainEvent,
      ORIGIN,
    ) as string;
    expect(() => codecs.decode(text.replace('7}', `${JSON.stringify(deep)}}`))).toThrow('at most 64 levels');
  });

  test('options are checked', () => {
    expect(() => new EventCodecs({ encoding: 'xml' as 'json' })).toThrow('encoding');
    expect(() => new EventCodecs({ maxMessageBytes: 0 })).toThrow('maxMessageBytes');
  });
});

describe('a codec of the application', () => {
  class Traded implements DomainEvent {
    readonly type = 'my.traded';
    readonly id: string;
    readonly occurredAt: number;
    readonly shares: number;
    constructor(id: string, occurredAt: number, shares: number) {
      this.id = id;
      this.occurredAt = occurredAt;
      this.shares = shares;
    }
    conflate(later: Traded): Traded {
      return new Traded(later.id, later.occurredAt, this.shares + later.shares);
    }
  }

  test.each(ENCODINGS)('decodes to its own class, encoded as %s', (encoding) => {
    const codecs = new EventCodecs({
      encoding,
      codecs: [
        {
          type: 'my.traded',
          encode: (event, data) => data.numbers('shares', [(event as Traded).shares]),
          decode: (data, { id, occurredAt }) => new Traded(id, occurredAt, data.numbers('shares', 1)[0]!),
        },
      ],
    });
    const read = codecs.decode(bytes(codecs.encode(new Traded('i', 5, 2), ORIGIN))).event as Traded;
    expect(read.conflate(read)).toEqual(new Traded('i', 5, 4));
  });
});

describe('versions of a format', () => {
  interface Trade extends DomainEvent {
    readonly amount: string;
  }
  /** Format 2 calls the amount `sum`. */
  const newer: EventCodec<Trade> = {
    type: 'trade',
    format: 2,
    writes: 1,
    encode: ({ amount }, data, format) => data.value(format === 1 ? 'amount' : 'sum', amount),
    decode: (data, { format, ...header }) => ({
      ...header,
      amount: String(data.value(format === 1 ? 'amount' : 'sum')),
    }),
  };
  const event: Trade = { type: 'trade', id: 'i', occurredAt: 1, amount: '5' };
  const codecs = (formats?: Record<string, number>, encoding: 'json' | 'compact' = 'json') =>
    new EventCodecs({ codecs: [newer as EventCodec], encoding, ...(formats && { formats }) });
  const old = new EventCodecs();

  test.each(ENCODINGS)(
    'a new release writes the format of the one before until it is switched, and reads both (%s)',
    (encoding) => {
      const message = bytes(codecs(undefined, encoding).encode(event, ORIGIN));
      expect(Buffer.from(message).toString('latin1')).not.toContain('dataformat');
      expect(old.decode(message).event).toEqual(event);
      const switched = bytes(codecs({ trade: 2 }, encoding).encode(event, ORIGIN));
      expect(Buffer.from(switched).toString('latin1')).toContain('"dataformat":"2"');
      for (const each of [message, switched])
        expect(codecs(undefined, encoding).decode(each).event).toEqual(event);
    },
  );

  test('a format that is newer is refused, with what to do', () => {
    const message = codecs({ trade: 2 }).encode(event, ORIGIN);
    expect(() => old.decode(message)).toThrow(
      expect.objectContaining({
        code: 'NEWER_FORMAT',
        message: expect.stringMatching(
          /"trade" has format 2; this version of tickmark reads formats up to 1\. Upgrade/,
        ),
      }) as Error,
    );
    const { contentType, bytes: data, format } = codecs({ trade: 2 }).encodeData(event);
    expect(format).toBe(2);
    expect(() => old.decodeData({ contentType, bytes: data }, { ...event, format: 2 })).toThrow(
      'has format 2',
    );
    expect(codecs().decodeData({ contentType, bytes: data }, { ...event, format: 2 })).toMatchObject({
      amount: '5',
    });
  });

  test.each([{ trade: 3 }, { trade: 0 }, { trade: 1.5 }, { other: 2 }])('refuses to write %j', (formats) => {
    expect(() => codecs(formats as never)).toThrow(/EventCodecs: formats\["(trade|other)"\]/);
  });

  test.each(['0', 'x', '1.5', '-1'])('a dataformat of %s is malformed', (format) => {
    const text = String(codecs({ trade: 2 }).encode(event, ORIGIN)).replace(
      '"dataformat":"2"',
      `"dataformat":"${format}"`,
    );
    expect(() => codecs().decode(text)).toThrow(malformed);
  });
});
