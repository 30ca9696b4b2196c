// Fills from a Kafka topic into a ledger, each once. Needs a broker: TICKMARK_KAFKA_BROKERS=host:port,… (default 127.0.0.1:9092).
import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
import { FillBooker, KafkaFillStream } from 'tickmark/fills';
import { HoldingsEditor } from 'tickmark/parts';

const brokers = (process.env.TICKMARK_KAFKA_BROKERS ?? '127.0.0.1:9092').split(',');
const kafka = new Kafka({
  brokers,
  logLevel: logLevel.NOTHING,
  connectionTimeout: 1_000,
  requestTimeout: 5_000,
  retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 },
});
const [producer, admin] = [kafka.producer(), kafka.admin()];
const missing = await Promise.all([producer.connect(), admin.connect()]).catch((error: Error) => error);
if (missing instanceof Error) {
  console.log(`Skipped: no Kafka broker answers at ${brokers.join()}; see TICKMARK_KAFKA_BROKERS`);
  process.exit();
}
const topic = `tickmark-example-fills-${Date.now()}`;
await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: false });
while (!(await admin.listTopics()).includes(topic)) await sleep(50);

// What another system writes: the account is the key, the value an entry of a ledger.
const fills = [
  { id: 'f1', at: '2026-03-02T14:30:00Z', type: 'buy', symbol: 'ACME', quantity: 100, price: '41.20' },
  {
    id: 'f2',
    at: '2026-03-02T15:10:00Z',
    type: 'sell',
    symbol: 'ACME',
    quantity: 30,
    price: '42.05',
    fee: '1.00',
  },
  // Sent twice, as a producer does that got no answer.
  {
    id: 'f2',
    at: '2026-03-02T15:10:00Z',
    type: 'sell',
    symbol: 'ACME',
    quantity: 30,
    price: '42.05',
    fee: '1.00',
  },
];
const messages = fills.map((fill) => ({ key: 'desk', value: JSON.stringify(fill) }));
await producer.send({ topic, messages: [...messages, { key: 'desk', value: 'no JSON' }] });

const repository = new InMemoryPortfolioRepository();
const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
await holdings.create(Portfolio.create({ id: 'desk', currency: 'USD' }));
const groupId = `${topic}-books`;
const stream = new KafkaFillStream({
  consumer: () => kafka.consumer({ groupId, maxWaitTimeInMs: 500 }),
  topic,
  // With it, records that were deleted before they were read are noticed.
  admin: { client: () => kafka.admin(), groupId },
  onError: ({ message }) => console.log(message.replace(topic, 'fills')),
});
const booker = new FillBooker({
  stream,
  holdings,
  repository,
  onGap: ({ reason }) => console.log(`fills may be missing: ${reason}`),
});
booker.start();
while (booker.stats().fills < fills.length) await sleep(20);
await booker.close();

const position = (await repository.load('desk'))?.position('ACME');
console.log(`desk: ${position?.quantity.toString()} ACME`);
const { records, rejected } = stream.stats();
console.log(
  `${records} records, ${booker.stats().booked} fills booked, rejected: ${JSON.stringify(rejected)}`,
);
await admin.deleteTopics({ topics: [topic] });
await Promise.all([producer.disconnect(), admin.disconnect()]);
