// npm run kafka: a Kafka broker on this machine, to try examples and tests on, until Ctrl-C. Maven downloads it the first time.
import { once } from 'node:events';
import { canStartKafkaBroker, kafkaBrokerPrograms, privateKafka } from './kafka-broker.js';

if (!(await canStartKafkaBroker())) {
  console.error(`No Kafka broker can be started here. How to get it: ${kafkaBrokerPrograms().howToGet}`);
  process.exit(1);
}
console.log('Starting a Kafka broker; the first time takes longer.');
const kafka = await privateKafka();
console.log(
  `Kafka 4.4 listens on ${kafka.broker}. Ctrl-C ends it and removes its data. In another terminal:`,
);
console.log(`  TICKMARK_KAFKA_BROKERS=${kafka.broker} npm run example -- cluster --seconds 20`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await kafka.dispose();
