import { randomUUID } from 'node:crypto';
import { usEquities } from '../../../src/calendars/us-equities.js';
import type { PreviousClose } from '../../../src/core/calendars/previous-closes.js';
import type { PostgresPreviousClosesOptions } from '../../../src/postgres/days/postgres-previous-closes.js';
import type { Store } from '../stores.js';

/** A table of closes as a user may have it. */
export interface TableKind {
  /** Its columns: symbol, price, time and currency, in this order, with their types. */
  readonly columns: string;
  /** What the time is made of, which is `at` in ms. */
  readonly time: string;
  readonly options: Omit<PostgresPreviousClosesOptions, 'table' | 'schema'>;
}

const CURRENCY = { currency: 'currency' };

export const TABLES: Readonly<Record<string, TableKind>> = {
  timestamptz: {
    columns: 'symbol text, price numeric, closed_at timestamptz, currency text',
    time: 'to_timestamp(at / 1000.0)',
    options: { columns: CURRENCY },
  },
  'timestamp in UTC': {
    columns: 'symbol varchar COLLATE "C", price text, closed timestamp, currency varchar(3)',
    time: `to_timestamp(at / 1000.0) AT TIME ZONE 'UTC'`,
    options: { columns: { closedAt: 'closed', ...CURRENCY } },
  },
  'bigint, and odd names': {
    columns: '"Ticker" text, "select" numeric, "closedAtMs" bigint, "CCY" text',
    time: 'at',
    options: {
      columns: { symbol: 'Ticker', price: 'select', closedAtMs: 'closedAtMs', currency: 'CCY' },
    },
  },
  'double precision': {
    columns: 'symbol text, price numeric, at double precision, currency text',
    time: 'at',
    options: { columns: { closedAtMs: 'at', ...CURRENCY } },
  },
  date: {
    columns: 'symbol text, price numeric, day date, currency text',
    time: 'date',
    options: { columns: { date: 'day', ...CURRENCY }, calendar: usEquities },
  },
};

/** An empty table of closes in a schema of its own. */
export async function closesTable({ sql }: Store, { columns, time }: TableKind) {
  const schema = `tickmark_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const table = `"${schema}"."Closes"`;
  await sql(`CREATE SCHEMA ${schema}`);
  await sql(`CREATE TABLE ${table} (${columns})`);
  return {
    names: { schema, table: 'Closes' },
    table,
    put: async (closes: readonly PreviousClose[]): Promise<void> => {
      const rows = closes.map((close) => ({
        ...close,
        date: usEquities.sessionOfClose(close.closedAt)?.date,
      }));
      // Read as json, in which each of a set of rows may have other columns.
      const json = JSON.stringify(rows.map(({ closedAt, ...row }) => ({ ...row, at: closedAt })));
      await sql(`INSERT INTO ${table} SELECT symbol, price, ${time}, currency FROM
        json_to_recordset('${json.replaceAll("'", "''")}') AS r (symbol text, price numeric, at bigint, date date, currency text)`);
    },
    drop: async (): Promise<void> => void (await sql(`DROP SCHEMA ${schema} CASCADE`)),
  };
}
