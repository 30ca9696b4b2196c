import { ConcurrencyError, EntityNotFoundError, RepositoryError, quote } from '../../core/errors.js';
import type { Portfolio } from '../../core/portfolio/portfolio.js';
import { nameArray } from '../array-literal.js';
import type { RunStatement } from '../drivers/postgres-client.js';
import { originalName } from '../../core/portfolio/stored-name.js';
import type { TableNames } from '../table-names.js';

/** How many saves a portfolio remembers the names of. */
export const REMEMBERED_SAVES = 32;

/** One call that writes holdings. The name stays the same in all attempts, so that an attempt recognizes what an earlier one wrote. */
export interface HoldingsWrite {
  /** A name that no other call has. */
  readonly name: string;
  /** Whether an earlier attempt may have taken effect. */
  readonly isOutcomeUnknown: boolean;
}

/** What is stored of a portfolio. */
export interface StoredState {
  readonly version: number;
  /** Name of the delete, if it was deleted. */
  readonly deletion: string | null;
  /** Version that an earlier attempt of the same call stored, if one did. */
  readonly savedVersion: number | null;
}

/** Reads what is stored of portfolios that were not written, so that the refusal can say why. */
export class StoredStates {
  readonly #select: string;

  constructor(t: TableNames) {
    this.#select = `
SELECT id, version::text, deletion, array_position(recent_saves, $2::text)::text FROM ${t.portfolios}
WHERE id = ANY ($1::text[])`;
  }

  /** The states by id; none of an unknown id. @param name Name of the call that was refused. */
  async of(query: RunStatement, ids: readonly string[], name: string): Promise<Map<string, StoredState>> {
    const rows = await query(this.#select, [nameArray(ids), name]);
    return new Map(
      rows.map(([id, stored, deletion, position]) => {
        const version = Number(stored);
        const savedVersion = position == null ? null : version - Number(position) + 1;
        return [originalName(id!), { version, deletion: deletion ?? null, savedVersion }];
      }),
    );
  }
}

/** Why a portfolio was not saved. */
export function refusedSave(
  { id, version }: Portfolio,
  state: StoredState | undefined,
  write: HoldingsWrite,
): Error {
  if (write.isOutcomeUnknown && state && state.version - version > REMEMBERED_SAVES) return tooLate(id);
  if (version === 0 && state) return new ConcurrencyError(id, version, state.version);
  return refusedVersion(id, version, state);
}

/** Why a portfolio was not changed at a version. */
export function refusedVersion(id: string, version: number, state: StoredState | undefined): Error {
  if (!state) return new EntityNotFoundError(id);
  if (state.deletion !== null) return new EntityNotFoundError(id, 'PORTFOLIO_DELETED');
  return new ConcurrencyError(id, version, state.version);
}

function tooLate(id: string): RepositoryError {
  return new RepositoryError(
    `The connection broke while ${quote(id)} was being saved, and more than ${REMEMBERED_SAVES} later saves by others hide ` +
      'whether the save took effect. Load it before saving it again.',
    { retryable: false },
  );
}
