#!/usr/bin/env node
import { errorText } from '../core/error-text.js';
import { parseArgs } from 'node:util';
import { PostgresPortfolioRepository } from '../postgres/postgres-portfolio-repository.js';
import type { PostgresPool } from '../postgres/drivers/postgres-pool.js';
import { verify } from './verify.js';
import type { ValuationDifference } from './verify-options.js';

const USAGE = `Compares every stored value with one recomputed from the stored holdings and prices.

  tickmark-verify --postgres postgres://user@host/database [options]

  --schema NAME       schema of the tables (default public)
  --prefix TEXT       prefix of the names of the tables (default tickmark_)
  --fx PAIR,PAIR      currency pairs of the engines, such as EUR/USD,USD/JPY
  --fx-max-age MS     fxMaxAgeMs of the engines
  --grace MS          how long a live engine may take to store a value (default 2000)
  --repair            replace each wrong value with the right one
  --json              a line of JSON for each difference and for the result

It may run beside live engines. Needs the package pg. Exit code: 0 all values are right or were repaired, 1 some are wrong, 2 it
failed.`;

interface Settings {
  readonly postgres?: string | undefined;
  readonly schema?: string | undefined;
  readonly prefix?: string | undefined;
  readonly fx?: string | undefined;
  readonly 'fx-max-age'?: string | undefined;
  readonly grace?: string | undefined;
  readonly repair?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly help?: boolean | undefined;
}

const printLine = (text: string): void => void process.stdout.write(`${text}\n`);
const printError = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const settings = readSettings();
  if (settings.help) {
    printLine(USAGE);
    return 0;
  }
  if (settings.postgres === undefined) throw new Error(`--postgres is missing.\n\n${USAGE}`);
  const pool = await openPool(settings.postgres);
  const { schema, prefix } = settings;
  const repository = new PostgresPortfolioRepository(pool, {
    ...(schema !== undefined && { schema }),
    ...(prefix !== undefined && { prefix }),
  });
  try {
    return await compare(repository, settings);
  } finally {
    await repository.close();
    await pool.end();
  }
}

function readSettings(): Settings {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    postgres: string,
    schema: string,
    prefix: string,
    fx: string,
    'fx-max-age': string,
    grace: string,
    repair: flag,
    json: flag,
    help: flag,
  };
  return parseArgs({ options }).values;
}

async function openPool(connectionString: string): Promise<PostgresPool & { end(): Promise<void> }> {
  // The application installs the driver; bundlers do not resolve a computed name.
  const name: string = 'pg';
  type Driver = { readonly Pool: new (options: object) => PostgresPool & { end(): Promise<void> } };
  const driver = await (import(name) as Promise<{ readonly default: Driver }>).catch(() => null);
  if (!driver) throw new Error('The package pg is not installed: npm install pg');
  return new driver.default.Pool({ connectionString, max: 2 });
}

async function compare(repository: PostgresPortfolioRepository, settings: Settings): Promise<number> {
  const { json = false, repair = false, fx } = settings;
  const printResult = (text: string, data: object): void => printLine(json ? JSON.stringify(data) : text);
  let reportedAt = performance.now();
  const report = await verify(repository, {
    repair,
    ...(fx !== undefined && { fx: fx.split(',') }),
    ...numberOption('fxMaxAgeMs', settings['fx-max-age'], '--fx-max-age'),
    ...numberOption('graceMs', settings.grace, '--grace'),
    onDifference: (difference) => printResult(lineOf(difference), { difference }),
    onProgress: ({ checked, differences }) => {
      if (json || performance.now() - reportedAt < 1000) return;
      reportedAt = performance.now();
      printError(`${checked} compared, ${differences} wrong so far`);
    },
  });
  const { checked, differences, repaired, changing } = report;
  const moving = changing > 0 ? `, ${changing} changed before each comparison` : '';
  printResult(`${checked} values compared: ${differences} wrong, ${repaired} repaired${moving}.`, {
    checked,
    differences,
    repaired,
    changing,
  });
  return differences === repaired ? 0 : 1;
}

function lineOf({ portfolioId, kind, fields, isRepaired }: ValuationDifference): string {
  const what = fields.map(({ field, stored, expected }) => `${field} ${stored} instead of ${expected}`);
  return `${JSON.stringify(portfolioId)} ${kind}: ${what.join(', ')}${isRepaired ? ' (repaired)' : ''}`;
}

function numberOption(name: string, given: string | undefined, flag: string): Record<string, number> {
  if (given === undefined) return {};
  const value = Number(given);
  if (given.trim() === '' || !(value >= 0))
    throw new Error(`${flag} is ${JSON.stringify(given)}: expected ms from 0.`);
  return { [name]: value };
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    printError(errorText(error));
    process.exitCode = 2;
  },
);
