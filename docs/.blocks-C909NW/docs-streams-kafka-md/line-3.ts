import { Kafka } from 'kafkajs';
import { KafkaPriceStreamAdapter } from 'tickmark/kafka';

const kafka = new Kafka({
  brokers: ['127.0.0.1:9092'],
  requestTimeout: 5_000,
  retry: { initialRetryTime: 100, maxRetryTime: 1_000 },
});
const stream = new KafkaPriceStreamAdapter({
  consumer: () => kafka.consumer({ groupId: 'desk', maxWaitTimeInMs: 1_000, sessionTimeout: 10_000 }),
  topics: 'prices',
});
await stream.connect();
await stream.subscribe(['ACME', 'GLOBEX']);
