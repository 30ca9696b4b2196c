import type { TableNames } from '../table-names.js';
import { firstTables } from './first-tables.js';

/** The statements of each migration. One that was released is never changed: changes go into the next one. */
export const MIGRATIONS: readonly ((names: TableNames) => string)[] = [firstTables];
