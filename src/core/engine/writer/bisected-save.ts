import type { RandomSource } from '../../random.js';

/** Result of {@link bisectRefused}. */
export interface BisectedSave<Row> {
  /** Rows that the store refused one by one, each with the error. */
  readonly refused: readonly { readonly row: Row; readonly cause: unknown }[];
  /** Rows that have to be saved later. */
  readonly unsaved: readonly Row[];
  /** Whether the store took any of the rows. */
  readonly hasSaved: boolean;
  /** The last error of the store. */
  readonly cause: unknown;
  /** Whether the last error is a failure of the store, not a refusal of rows. */
  readonly isFailure: boolean;
}

// Errors that say nothing about the rows.
const NOT_REFUSALS = new Set(['CLOSED', 'ABORTED', 'TIMEOUT']);

/** Whether a store refuses the rows and would refuse them again: an error that is not retryable. */
export function isRefusal(cause: unknown): boolean {
  const { retryable, code } = (cause ?? {}) as { retryable?: unknown; code?: unknown };
  return retryable === false && typeof code === 'string' && !NOT_REFUSALS.has(code);
}

/**
 * Continues after the save of a set of rows has failed with `firstCause`. If the store refused the set, saves its halves one after the
 * other, and so on until each refused row is alone. Stops early if the store has taken nothing: it may refuse everything.
 */
export async function bisectRefused<Row>(
  rows: readonly Row[],
  firstCause: unknown,
  save: (piece: readonly Row[]) => Promise<void>,
  random: RandomSource,
): Promise<BisectedSave<Row>> {
  const refused: Array<{ row: Row; cause: unknown }> = [];
  const pieces: Array<readonly Row[]> = [];
  const depth = Math.ceil(Math.log2(rows.length + 1));
  let refusals = 0;
  let hasSaved = false;
  let cause = firstCause;
  const split = (piece: readonly Row[]) => {
    refusals++;
    if (piece.length === 1) return void refused.push({ row: piece[0]!, cause });
    const middle = piece.length >> 1;
    const halves = [piece.slice(0, middle), piece.slice(middle)];
    // In random order, so that many adjacent bad rows do not always come first.
    pieces.push(...(random() < 0.5 ? halves : halves.reverse()));
  };
  if (!isRefusal(cause)) return { refused, unsaved: rows, hasSaved, cause, isFailure: true };
  split(rows);
  // Finding one refused row takes `depth` refusals. Further ones are found in later rounds.
  while (pieces.length > 0 && refusals < (hasSaved ? 8 : 2) * (depth + 4)) {
    const piece = pieces.pop()!;
    try {
      await save(piece);
      hasSaved = true;
    } catch (error) {
      cause = error;
      if (!isRefusal(error))
        return { refused, unsaved: [...piece, ...pieces.flat()], hasSaved, cause, isFailure: true };
      split(piece);
    }
  }
  return { refused, unsaved: pieces.flat(), hasSaved, cause, isFailure: false };
}
