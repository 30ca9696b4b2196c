/** Before a run: says once which tests cannot run here, and how large the run is and from which seed. */
import { chromiumProgram } from '../browser/chromium.js';
import { FRAMEWORKS, frameworkOf } from '../browser/frameworks.js';
import { platformPackages } from '../platforms/platform-packages.js';
import { recordedFeeds, skipLines, type Requirement } from '../requirements.js';
import { kafkaBrokerPrograms } from '../servers/kafka-broker.js';
import { kafkaClientPackages } from '../servers/kafka-clients.js';
import { kcatProgram } from '../servers/kafka.js';
import { pgBouncerProgram } from '../servers/pgbouncer.js';
import { postgresProgram } from '../servers/postgres.js';
import { redisProgram } from '../servers/redis.js';
import { betterSqlite3 } from '../servers/sqlite.js';
import type { TestProject } from 'vitest/node';

const servers = (): Requirement[] => [postgresProgram(), redisProgram(), pgBouncerProgram(), kcatProgram()];

const REQUIREMENTS: Readonly<Record<string, () => Requirement[]>> = {
  services: () => [
    ...servers(),
    kafkaBrokerPrograms(),
    kafkaClientPackages(),
    betterSqlite3(),
    platformPackages(),
  ],
  faults: () => [...servers(), kafkaBrokerPrograms(), kafkaClientPackages()],
  browser: () => [chromiumProgram(), ...FRAMEWORKS.map(frameworkOf)],
  recordings: () => [recordedFeeds()],
};

export default function announceRun({ config }: TestProject): void {
  const { TICKMARK_SUITE: suite = '', TICKMARK_SIZE: size, TICKMARK_SEED: seed } = config.env;
  const missing = skipLines(REQUIREMENTS[suite]?.() ?? []);
  if (missing.length > 0 && process.env.TICKMARK_REQUIRE_SERVICES === '1')
    throw new Error(`TICKMARK_REQUIRE_SERVICES=1 allows no skipped test.\n${missing.join('\n')}`);
  for (const line of missing) process.stderr.write(`${line}\n`);
  if (size !== 'quick')
    process.stderr.write(
      `size ${size}, seed ${seed}. To repeat: TICKMARK_SIZE=${size} TICKMARK_SEED=${seed}\n`,
    );
}
