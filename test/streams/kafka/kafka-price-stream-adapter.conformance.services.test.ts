import { afterAll, beforeAll, describe, test } from 'vitest';
import { priceStreamAdapterConformance } from '../../../src/conformance/index.js';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import { withoutSkips } from '../../conformance/without-skips.js';
import { canStartKafka } from '../../servers/kafka.js';
import { HUNG_AFTER_MS } from '../../waiting.js';
import { KafkaWire } from './wire.js';

// The broker lets each new group wait 3 s for members, so the cases run side by side.
describe.skipIf(!canStartKafka())('Kafka, against a broker', { concurrent: true }, () => {
  let wire: KafkaWire;
  let send: (topic: string, key: string, value: string) => Promise<unknown>;
  let number = 0;

  beforeAll(async () => {
    wire = await KafkaWire.start();
    const producer = await wire.producer();
    send = (topic, key, value) => producer.send({ topic, messages: [{ key, value }] });
  });
  afterAll(() => wire?.dispose());

  priceStreamAdapterConformance(withoutSkips(test), {
    timing: { timeoutMs: HUNG_AFTER_MS, caseTimeoutMs: 2 * HUNG_AFTER_MS },
    createHarness: () => {
      const topic = `prices-${++number}`;
      const consumer = () => wire.consumer(topic);
      return {
        adapter: new KafkaPriceStreamAdapter({
          consumer,
          topics: topic,
          maxSymbols: 3,
          connectTimeoutMs: HUNG_AFTER_MS,
          silenceMs: HUNG_AFTER_MS,
        }),
        venue: {
          send: async ({ symbol, price, timestamp }) => {
            await send(topic, symbol, JSON.stringify({ price, timestamp }));
          },
        },
      };
    },
    supports: { maxSymbols: 3 },
  });
});
