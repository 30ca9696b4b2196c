// Prices from a Kafka topic into portfolio values. Needs a broker: TICKMARK_KAFKA_BROKERS=host:port,… (default 127.0.0.1:9092).
import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryPortfolioRepository, Portfolio, markToMarket } from 'tickmark';
import { KafkaPriceStreamAdapter } from 'tickmark/kafka';

const TOPIC = 'tickmark-example-prices';
const brokers = (process.env.TICKMARK_KAFKA_BROKERS ?? '127.0.0.1:9092').split(',');
const kafka = new Kafka({
  brokers,
  logLevel: logLevel.NOTHING,
  connectionTimeout: 1_000,
  // Notices a lost broker and reconnects quickly: with the defaults it takes up to half a minute.
  requestTimeout: 5_000,
  retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 },
});

const producer = kafka.producer();
const missing = await producer.connect().catch((error: Error) => error);
if (missing instanceof Error) {
  console.log(`Skipped: no Kafka broker answers at ${brokers.join()}; see TICKMARK_KAFKA_BROKERS`);
  process.exit();
}
// The key is the symbol: Kafka keeps the order of records with the same key.
const send = (symbol: string, price: string): Promise<unknown> =>
  producer.send({
    topic: TOPIC,
    messages: [{ key: symbol, value: JSON.stringify({ price, timestamp: Date.now() }) }],
  });
await send('ACME', '184.00');

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({ id: 'desk', currency: 'USD', positions: [{ symbol: 'ACME', quantity: 10 }] }),
);
const stream = new KafkaPriceStreamAdapter({
  // Each process that values portfolios needs every price, so it needs a group of its own.
  consumer: () => kafka.consumer({ groupId: `tickmark-example-${process.pid}`, maxWaitTimeInMs: 500 }),
  topics: TOPIC,
  deadLetters: { producer, topic: `${TOPIC}-dead` },
});
const marking = await markToMarket({ stream, repository, onError: console.error });
marking.onValued((batch) => {
  for (const { portfolioId, marketValue } of batch) console.log(`${portfolioId}: ${marketValue} USD`);
});

for (const price of ['184.10', '184.25', '183.90']) {
  await send('ACME', price);
  await sleep(300);
}
await sleep(700);
const { records, priceRecords, rejected } = stream.stats();
console.log(`${records} records, ${priceRecords} with prices, rejected: ${JSON.stringify(rejected)}`);
await marking.close();
await stream.disconnect();
await producer.disconnect();
