// A worker: values, publishes and stores the portfolios of its shards. Start as many as you need. A standby does so only while their owner is silent.
import { MarkToMarketEngine } from 'tickmark/parts';
import { services, untilStopped, type WorkerReport } from './settings.js';

const { repository, bus, shards, close } = services();
const onError = (error: Error): void => console.error(`worker ${process.pid}: ${error.message}`);
const role = process.argv[2] === 'standby' ? 'standby' : 'owner';
// Standbys share the shards among themselves.
const engine = new MarkToMarketEngine({
  bus: bus(),
  repository,
  shards: shards(role, onError),
  role,
  onError,
});
await engine.start();

const reports = setInterval(() => {
  const { shards: held, takenOver, portfolios, valuations, saved, oldestUnsavedMs } = engine.stats();
  const report: WorkerReport = { shards: held!, takenOver, portfolios, valuations, saved, oldestUnsavedMs };
  process.send?.(report);
}, 1_000);

await untilStopped();
clearInterval(reports);
await engine.close();
await close();
process.disconnect?.();
