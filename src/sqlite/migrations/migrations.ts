import type { TableNames } from '../table-names.js';
import { corporateActions } from './corporate-actions.js';
import { days } from './days.js';
import { exposures } from './exposures.js';
import { firstTables } from './first-tables.js';
import { snapshots } from './snapshots.js';

/** The statements of each migration. One that was released is never changed: changes go into the next one. */
export const MIGRATIONS: readonly ((names: TableNames) => string)[] = [
  firstTables,
  snapshots,
  corporateActions,
  exposures,
  days,
];
