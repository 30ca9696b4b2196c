// Workers that share the portfolios: ingest, workers and a gateway as processes of their own, on PostgreSQL and Redis; with TICKMARK_KAFKA_BROKERS
// (npm run kafka) events and shards go over Kafka.
//   npm run example -- cluster --workers 3 --standby 1 --seconds 15 --portfolios 2000 --chaos
// --standby adds workers that act only while the owner of a shard is silent. --chaos kills, freezes and stops workers, and starts others. At the end every stored value is compared with a recomputation; the exit
// code is 1 if one differs.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { verify } from 'tickmark/verify';
import { Member } from './cluster/member.js';
import { seed } from './cluster/seed.js';
import { schema, services, transport } from './cluster/settings.js';

const { values: given } = parseArgs({
  options: {
    workers: { type: 'string', default: '3' },
    standby: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '10' },
    portfolios: { type: 'string', default: '2000' },
    chaos: { type: 'boolean', default: false },
  },
});
const number = (name: 'workers' | 'standby' | 'seconds' | 'portfolios', most: number, least = 1): number => {
  const value = Number(given[name]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name}: expected a whole number from ${least} to ${most}, got "${given[name]}".`);
  process.exit(2);
};
const [workers, standby, seconds, portfolios] = [
  number('workers', 16),
  number('standby', 16, 0),
  number('seconds', 86_400),
  number('portfolios', 1_000_000),
];

const { pool, client, repository, close } = services();
const missing = await Promise.all([pool.query('SELECT'), client.ping()]).catch((error: Error) => error);
if (missing instanceof Error) {
  console.log(`Skipped: PostgreSQL or Redis does not answer (${missing.message}); see examples/README.md`);
  process.exit();
}
await seed(portfolios);

const started = { worker: 0, standby: 0 };
const newMember = (role: 'worker' | 'standby'): Member => new Member(role, `${role} ${++started[role]}`);
const ingest = new Member('ingest', 'ingest');
const gateway = new Member('gateway', 'gateway');
let team = [
  ...Array.from({ length: workers }, () => newMember('worker')),
  ...Array.from({ length: standby }, () => newMember('standby')),
];
const { port } = await gateway.message<{ port: number }>();
console.log(
  `${portfolios} portfolios, events over ${transport}; a page could follow http://127.0.0.1:${port}/live?topic=portfolio:p0`,
);

const FAULTS = ['killed', 'frozen for 4 s', 'stopped'] as const;
function disturb(): void {
  const victim = team[Math.floor(Math.random() * team.length)]!;
  const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)]!;
  console.log(`${victim.name} is ${fault}`);
  if (fault === 'frozen for 4 s') {
    victim.freeze();
    setTimeout(() => victim.resume(), 4_000);
    return;
  }
  if (fault === 'killed') victim.kill();
  else void victim.stop();
  team = team.map((each) => (each === victim ? newMember(victim.role as 'worker' | 'standby') : each));
}

for (let second = 1; second <= seconds; second++) {
  await sleep(1_000);
  const row = team.map(({ name, role, state, report }) =>
    report && state === 'runs'
      ? `${name}: ${report.shards} shards${role === 'standby' ? `, acts for ${report.takenOver}` : ''}, ${report.portfolios} portfolios, ${report.saved} saved, lag ${Math.round(report.oldestUnsavedMs)} ms`
      : `${name}: ${state === 'runs' ? 'starts' : state}`,
  );
  console.log(`${String(second).padStart(3)} s | ${row.join(' | ')}`);
  if (given.chaos && second % 4 === 2 && second < seconds - 4) disturb();
}

// The feed ends first, so that the workers store the value of the last price.
await ingest.stop();
const unowned = async (): Promise<boolean> =>
  team.reduce((sum, { role, report }) => sum + (role === 'worker' ? (report?.portfolios ?? 0) : 0), 0) <
  portfolios;
for (let tries = 0; tries < 20 && (await unowned()); tries++) await sleep(500);
await sleep(1_000);
const report = await verify(repository);
console.log(`${report.checked} stored values recomputed: ${report.differences} differ`);
for (const { portfolioId, fields } of report.found.slice(0, 5)) console.log(portfolioId, fields);
await Promise.all([...team, gateway].map((each) => each.stop()));
await pool.query(`DROP SCHEMA ${schema} CASCADE`);
await close();
process.exitCode = report.differences === 0 && report.checked === portfolios ? 0 : 1;
