import { addLedger } from './migrations/ledger.js';
import { stampPrices } from './migrations/stamped-prices.js';
import { createTables } from './migrations/tables.js';
import type { TableNames } from './table-names.js';

/** The statements of each migration. One that was released is never changed: changes go into the next one. */
export const MIGRATIONS: readonly ((names: TableNames) => string)[] = [createTables, stampPrices, addLedger];
