import { readRecording, type ReadRecordingOptions } from 'tickmark/replay';

/** A price of a row that was used, as it is written there. */
export interface WrittenPrice {
  readonly symbol: string;
  readonly price: string;
  /** Venue time; comparable within one symbol. `null` where the row has only the recorder's. */
  readonly time: number | null;
  readonly sequence: number | null;
  readonly currency: string | null;
}

/**
 * The last price of each symbol in some files, of the rows that can be used.
 *
 * Last is by the venue's time, not by the row, because venues deliver late trades late; of equal times the one with the
 * higher sequence number, where rows have one, else the later row. A row without venue time goes by its place.
 * @returns `null` if the signal fired first.
 */
export async function lastPrices(
  files: readonly string[],
  reading: ReadRecordingOptions = {},
): Promise<Map<string, WrittenPrice> | null> {
  const last = new Map<string, WrittenPrice>();
  for (const file of files) {
    for await (const update of readRecording(file, reading)) {
      const written = {
        symbol: update.symbol,
        price: String(update.price),
        time: update.timeSource === 'received' ? null : update.timestamp,
        sequence: update.sequence ?? null,
        currency: update.currency ?? null,
      };
      const known = last.get(written.symbol);
      if (!known || !isOlder(written, known)) last.set(written.symbol, written);
    }
    if (reading.signal?.aborted) return null;
  }
  return last;
}

export function isOlder(fresh: WrittenPrice, known: WrittenPrice): boolean {
  if (fresh.time === null || known.time === null) return false;
  if (fresh.time !== known.time) return fresh.time < known.time;
  return fresh.sequence !== null && known.sequence !== null && fresh.sequence < known.sequence;
}
