import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knownCodecs } from '../../src/core/engine/known-codecs.js';
import { PortfolioValueCodec } from '../../src/core/engine/portfolio-value-codec.js';
import { COMPACT_TYPE, EventCodecs } from '../../src/core/messaging/event-codec.js';
import type { PortfolioValuedBatch } from '../../src/core/engine/portfolio-valued-event.js';

const page = readFileSync(new URL('../../docs/kafka-bus.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, 'g'))].map(([, text]) => text!);

const codecs = new EventCodecs({ codecs: [...knownCodecs(), new PortfolioValueCodec()] });
const read = (type: string, contentType: string, bytes: Uint8Array) =>
  codecs.decodeData(
    { contentType, bytes },
    { type, id: 'x', occurredAt: 1, format: 1 },
  ) as PortfolioValuedBatch;
const rows = (batch: PortfolioValuedBatch): unknown => JSON.parse(JSON.stringify(batch));

test('the records of values that docs/kafka-bus.md shows are the same value in all three forms', () => {
  const [columns, head, plain] = blocks('json').map((text) => Buffer.from(text));
  const hex = Buffer.from(blocks('hex')[0]!.replaceAll(' ', ''), 'hex');
  const start = Buffer.from([0x54, 0x4d, 1, 0, 0xb1, 1, 0, 0]);
  const type = 'tickmark.portfolios.valued';
  const json = read(type, 'application/json', columns!);
  const compact = Buffer.concat([start, head!, hex]);
  expect(compact).toHaveLength(459);
  expect(rows(read(type, COMPACT_TYPE, compact))).toEqual(rows(json));
  expect(
    [...json].map(({ portfolioId, version, marketValue }) => [portfolioId, version, String(marketValue)]),
  ).toEqual([
    ['desk', 7, '1841.00'],
    ['fund', 2, '552.30'],
  ]);
  const each = read('tickmark.portfolio.valued', 'application/json', plain!);
  expect(rows(each)).toEqual((rows(json) as unknown[]).slice(0, 1));
});
