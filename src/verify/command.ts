#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { PostgresPortfolioRepository } from '../postgres/postgres-portfolio-repository.js';
import type { PostgresPool } from '../postgres/drivers/postgres-pool.js';
import { verify, type ValuationDifference } from './verify.js';

const USAGE = `Compares every stored value with one computed anew from the stored holdings and prices.

  tickmark-verify --postgres postgres://user@host/database [options]

  --schema NAME       schema of the tables (default public)
  --prefix TEXT       what the names of the tables begin with (default tickmark_)
  --fx PAIR,PAIR      currency pairs of the engines, such as EUR/USD,USD/JPY
  --fx-max-age MS     fxMaxAgeMs of the engines
  --grace MS          how long a live engine may take to store a value (default 2000)
  --repair            store the right value in place of each that is wrong
  --json              a line of JSON for each difference and for the result

It may run beside live engines. Needs the package pg. Ends with 0 when all is right or repaired, 1 when something is wrong, 2 when it
could not be done.`;

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

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const settings = readSettings();
  if (settings.help) {
    print(USAGE);
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
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    postgres: text,
    schema: text,
    prefix: text,
    fx: text,
    'fx-max-age': text,
    grace: text,
    repair: flag,
    json: flag,
    help: flag,
  };
  return parseArgs({ options }).values;
}

async function openPool(connectionString: string): Promise<PostgresPool & { end(): Promise<void> }> {
  // The driver is the user's; a name that is computed is not looked up when the package is built.
  const name: string = 'pg';
  type Driver = { readonly Pool: new (options: object) => PostgresPool & { end(): Promise<void> } };
  const driver = await (import(name) as Promise<{ readonly default: Driver }>).catch(() => null);
  if (!driver) throw new Error('The package pg is not installed: npm install pg');
  return new driver.default.Pool({ connectionString, max: 2 });
}

async function compare(repository: PostgresPortfolioRepository, settings: Settings): Promise<number> {
  const { json = false, repair = false, fx } = settings;
  const say = (text: string, data: object): void => print(json ? JSON.stringify(data) : text);
  let told = performance.now();
  const report = await verify(repository, {
    repair,
    ...(fx !== undefined && { fx: fx.split(',') }),
    ...numberOption('fxMaxAgeMs', settings['fx-max-age'], '--fx-max-age'),
    ...numberOption('graceMs', settings.grace, '--grace'),
    onDifference: (difference) => say(lineOf(difference), { difference }),
    onProgress: ({ checked, differences }) => {
      if (json || performance.now() - told < 1000) return;
      told = performance.now();
      complain(`${checked} compared, ${differences} wrong so far`);
    },
  });
  const { checked, differences, repaired, changing } = report;
  const moving = changing > 0 ? `, ${changing} changed at each look` : '';
  say(`${checked} values compared: ${differences} wrong, ${repaired} repaired${moving}.`, {
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
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  },
);
