import type { RandomSource } from '../../random.js';

/** What became of a set that was saved whole, or in pieces where the store refused it. */
export interface BisectedSave<Row> {
  /** Rows that were refused alone, each with what the store said. */
  readonly refused: readonly { readonly row: Row; readonly cause: unknown }[];
  /** Rows that are to be offered again. */
  readonly unsaved: readonly Row[];
  /** Whether the store took a piece. */
  readonly hasSaved: boolean;
  /** What the store said last, other than that it took a piece. */
  readonly cause: unknown;
  /** Whether the cause is a failure and no refusal. */
  readonly isFailure: boolean;
}

// Refusals that are no verdict on what was offered.
const NOT_REFUSALS = new Set(['CLOSED', 'ABORTED', 'TIMEOUT']);

/** Whether a store refuses what it was offered, and would refuse it again: an error that says so itself. */
export function isRefusal(cause: unknown): boolean {
  const { retryable, code } = (cause ?? {}) as { retryable?: unknown; code?: unknown };
  return retryable === false && typeof code === 'string' && !NOT_REFUSALS.has(code);
}

/**
 * Saves a set; where the store refuses it, in halves, until what it refuses is alone. The pieces of one set are saved one
 * after another. A set of which nothing is taken is not divided to the end: the store may be refusing everything.
 */
export async function saveBisecting<Row>(
  rows: readonly Row[],
  save: (piece: readonly Row[]) => Promise<void>,
  random: RandomSource,
): Promise<BisectedSave<Row>> {
  const refused: Array<{ row: Row; cause: unknown }> = [];
  const pieces = [rows];
  const depth = Math.ceil(Math.log2(rows.length + 1));
  let refusals = 0;
  let hasSaved = false;
  let cause: unknown;
  // One row that is refused takes `depth` refusals to find. Others are found in later rounds.
  while (pieces.length > 0 && refusals < (hasSaved ? 8 : 2) * (depth + 4)) {
    const piece = pieces.pop()!;
    if (piece.length === 0) continue;
    try {
      await save(piece);
      hasSaved = true;
    } catch (error) {
      cause = error;
      if (!isRefusal(error))
        return { refused, unsaved: [...piece, ...pieces.flat()], hasSaved, cause, isFailure: true };
      refusals++;
      if (piece.length === 1) {
        refused.push({ row: piece[0]!, cause });
        continue;
      }
      const middle = piece.length >> 1;
      const halves = [piece.slice(0, middle), piece.slice(middle)];
      // By chance, so that many bad rows side by side are not always met first.
      pieces.push(...(random() < 0.5 ? halves : halves.reverse()));
    }
  }
  return { refused, unsaved: pieces.flat(), hasSaved, cause, isFailure: false };
}
