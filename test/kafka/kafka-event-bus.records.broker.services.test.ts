import { describe, expect, test } from 'vitest';
import { PORTFOLIOS_VALUED, PortfolioValuedBatch } from '../../src/core/engine/portfolio-valued-event.js';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from '../../src/core/messaging/event-bus.js';
import { ListedRows } from '../../src/core/book/valued-rows.js';
import { HOLDINGS_CHANGED, holdingsChanged } from '../../src/core/portfolio/holdings-changed-event.js';
import { PRICES_CHANGED, PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { shardOf } from '../../src/core/shards/shard-of.js';
import { KafkaEventBus, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import { plainTotals, valuedRow } from '../core/engine/plain-totals.js';
import { sampleValues, texts } from '../core/engine/sample-values.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { connected, freshName } from '../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../servers/kafka-broker.js';
import { until } from '../waiting.js';
import { UNHURRIED, busClients } from './bus-clients.js';
import { topicRecords } from './topic-records.js';

const server = await kafkaServer();
const PARTITIONS = 4;

const openBus = (prefix: string, options: KafkaEventBusOptions = {}) => {
  const errors: string[] = [];
  const { wire, clients } = busClients(server!);
  const bus = new KafkaEventBus(clients, {
    prefix,
    ...UNHURRIED,
    onError: ({ message }) => errors.push(message),
    ...options,
  });
  return { wire, bus, errors };
};

const values = (count: number): PortfolioValuedBatch => {
  const rows = Array.from({ length: count }, (_, n) =>
    valuedRow(`portfolio ${n}`, plainTotals({ marketValue: Decimal.from(`${n}.25`) })),
  );
  return new PortfolioValuedBatch('batch', 1_700_000_000_000, new ListedRows(rows));
};

describe.skipIf(!server)('the records of a KafkaEventBus', { concurrent: true }, () => {
  test.each(['json', 'compact'] as const)(
    'values are a record for each shard, in columns (%s)',
    async (encoding) => {
      const prefix = freshName('bus');
      const { bus } = openBus(prefix, { encoding });
      const peer = openBus(prefix).bus;
      const heard: PortfolioValuedBatch[] = [];
      peer.subscribe(PORTFOLIOS_VALUED, (batch) => void heard.push(batch));
      bus.subscribe(PORTFOLIOS_VALUED, (batch) => void heard.push(batch));
      const sent = values(100);
      await bus.publish(sent);
      await until(
        'all values on the own bus',
        () => heard.reduce((sum, { length }) => sum + length, 0) >= 100,
      );
      const records = await topicRecords(server!, `${prefix}.values`, PARTITIONS);
      expect(records.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
      for (const { partition, headers, value, key } of records) {
        expect(key).toBeNull();
        expect(headers).toMatchObject({
          ce_specversion: '1.0',
          ce_type: PORTFOLIOS_VALUED,
          ce_sequence: '1',
        });
        if (encoding === 'compact') {
          expect(headers['content-type']).toBe('application/vnd.tickmark.compact');
          continue;
        }
        const { ids } = JSON.parse(String(value)) as { ids: string[] };
        expect(new Set(ids.map((id) => shardOf(id, PARTITIONS)))).toEqual(new Set([partition]));
      }
      const byId = new Map(
        heard
          .flatMap((batch) => [...batch])
          .map(({ portfolioId, marketValue }) => [portfolioId, String(marketValue)]),
      );
      expect(byId).toEqual(
        new Map([...sent].map(({ portfolioId, marketValue }) => [portfolioId, String(marketValue)])),
      );
      await Promise.all([bus.close(), peer.close()]);
    },
  );

  test('a shard that is too large for a record has several', async () => {
    const prefix = freshName('bus');
    const { bus } = openBus(prefix, { maxMessageBytes: 2_000, createTopics: { partitions: 1 } });
    const heard = new Map<string, string>();
    bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const { portfolioId, marketValue } of batch) heard.set(portfolioId, String(marketValue));
    });
    await bus.publish(values(300));
    await until('all values', () => heard.size === 300);
    expect(heard.get('portfolio 299')).toBe('299.25');
    expect(bus.stats().received).toBeGreaterThan(3);
    expect(bus.stats().lost).toBe(0);
    await bus.close();
  });

  test.each(['totals', 'positions'] as const)(
    'each value by itself, as plain JSON with the portfolio as key, with %s',
    async (detail) => {
      const prefix = freshName('bus');
      const { bus } = openBus(prefix, { values: 'each', encoding: 'compact' });
      const heard: PortfolioValuedBatch[] = [];
      bus.subscribe(PORTFOLIOS_VALUED, (batch) => void heard.push(batch));
      const sent = sampleValues(detail);
      await bus.publish(sent);
      await until('all values', () => heard.length === sent.length);
      const records = await topicRecords(server!, `${prefix}.values`, sent.length);
      for (const { key, partition, headers, value } of records) {
        expect(partition).toBe(shardOf(key!, PARTITIONS));
        expect(headers).toMatchObject({
          ce_type: 'tickmark.portfolio.valued',
          'content-type': 'application/json',
        });
        const { id: _id, type: _type, occurredAt: _at, ...fields } = sent.find(key!)!;
        expect(JSON.parse(String(value))).toEqual(JSON.parse(JSON.stringify(fields)));
      }
      const plain = ({ id: _, ...event }: { id: string }) => event;
      const byId = [...sent].map((event) => heard.find((batch) => batch.find(event.portfolioId))!.at(0));
      expect(texts(byId.map(plain))).toEqual(texts([...sent].map(plain)));
      await bus.close();
    },
  );

  test('changes of holdings are in the partition of the portfolio, prices in one by publisher', async () => {
    const prefix = freshName('bus');
    const { bus } = openBus(prefix);
    await bus.publish([holdingsChanged('desk', 7, 'saved', 1_700_000_000_000)]);
    await bus.publish(PriceChangedBatch.ofUpdates([{ symbol: 'A', price: '1.5', timestamp: 5 }], 6));
    const [holdings] = await topicRecords(server!, `${prefix}.portfolios`, 1);
    expect(holdings).toMatchObject({ key: 'desk', partition: shardOf('desk', PARTITIONS) });
    expect(holdings!.headers).toMatchObject({
      ce_type: HOLDINGS_CHANGED,
      ce_id: 'desk@7:saved',
      ce_time: '2023-11-14T22:13:20.000Z',
      'content-type': 'application/json',
    });
    expect(JSON.parse(String(holdings!.value))).toEqual({ portfolioId: 'desk', version: 7, change: 'saved' });
    const [prices] = await topicRecords(server!, `${prefix}.prices`, 1);
    expect(prices).toMatchObject({ key: prices!.headers.ce_source, partition: 0 });
    expect(prices!.headers.ce_type).toBe(PRICES_CHANGED);
    await bus.close();
  });

  test('a record that cannot be read is reported and skipped; the loss is announced', async () => {
    const prefix = freshName('bus');
    const { bus, errors } = openBus(prefix);
    const peer = openBus(prefix).bus;
    const heard: string[] = [];
    const gaps: BusGapEvent[] = [];
    bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
    bus.subscribe('note', ({ id }) => void heard.push(id));
    await bus.publish({ type: 'note', id: '1', occurredAt: 1 });
    const { producer, admin } = await connected(server!);
    const attributes = {
      ce_specversion: '1.0',
      ce_type: 'note',
      ce_source: 'x',
      ce_id: '2',
      ce_time: '2023-11-14T22:13:20Z',
    };
    const send = (headers: Record<string, string>, value: string) =>
      producer.send({ topic: `${prefix}.note`, messages: [{ value, headers }] });
    await send({}, '{}');
    await send({ ...attributes, ce_specversion: '2.0' }, '{}');
    await send({ ...attributes, 'content-type': 'application/avro' }, '{}');
    await send(attributes, 'no JSON');
    await send({ ...attributes, ce_sequence: '1' }, '{}');
    await send({ ...attributes, ce_id: '3', ce_sequence: '4' }, '{}');
    await send({ ...attributes, ce_id: '3', ce_sequence: '4' }, '{}');
    await bus.publish({ type: 'note', id: '4', occurredAt: 1 });
    await until('the last event', () => heard.includes('4'));
    expect(heard).toEqual(['1', '2', '3', '4']);
    expect(errors).toHaveLength(4);
    expect(errors[1]).toMatch(/record 2 of .*note\/0 cannot be read: specversion: expected 1.0, found "2.0"/);
    expect(errors[2]).toMatch(
      /content-type: expected application\/json or application\/vnd.tickmark.compact/,
    );
    expect(bus.stats()).toMatchObject({ malformed: 4, duplicates: 1, lost: 2 });
    expect(gaps.map(({ lost, types, reason }) => ({ lost, types, reason }))).toEqual([
      { lost: 2, types: ['note'], reason: 'disconnect' },
    ]);
    await Promise.all([producer.disconnect(), admin.disconnect(), bus.close(), peer.close()]);
  });

  test('what one topic can never take fails alone, with the names of the settings', async () => {
    const prefix = freshName('bus');
    const { producer, admin } = await connected(server!);
    const configEntries = [{ name: 'max.message.bytes', value: '2000' }];
    const topic = `${prefix}.large`;
    const topics = [{ topic, numPartitions: 1, configEntries }];
    await admin.createTopics({ topics, waitForLeaders: false });
    const { bus } = openBus(prefix, { maxMessageBytes: 50_000 });
    const heard: DomainEvent[] = [];
    bus.subscribe('small', (event) => void heard.push(event));
    await bus.publish({ type: 'small', id: '0', occurredAt: 1 });
    const event = (type: string, length: number) => ({
      type,
      id: type,
      occurredAt: 1,
      text: 'x'.repeat(length),
    });
    const outcomes = await Promise.allSettled([
      bus.publish(event('small', 10)),
      bus.publish(event('large', 40_000)),
      bus.publish(event('small', 20)),
      bus.publish(event('huge', 60_000)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    for (const at of [1, 3]) {
      const { reason } = outcomes[at] as PromiseRejectedResult;
      expect(reason).toMatchObject({ code: 'MESSAGE_TOO_LARGE', retryable: false });
      expect((reason as Error).message).toMatch(/max\.message\.bytes.*maxMessageBytes/);
    }
    await until('the small ones', () => heard.length >= 3);
    await bus.publish({ type: 'small', id: 'end', occurredAt: 1 });
    await until('the end', () => heard.at(-1)!.id === 'end');
    expect(heard.map(({ id }) => id)).toEqual(['0', 'small', 'small', 'end']);
    await Promise.all([producer.disconnect(), admin.disconnect(), bus.close()]);
  });
});
