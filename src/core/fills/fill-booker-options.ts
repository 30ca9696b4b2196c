import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Booking } from '../portfolio/book-together.js';
import type { BookedEntries, BookingOutcome } from '../portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../portfolio/ledger/ledger-entry.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { RandomSource } from '../random.js';
import type { AccountDifference } from './account-differences.js';
import type { Fill, FillGap, FillStream } from './fill-stream.js';
import { ERROR_RECEIVERS, TIME_AND_CHANCE, needed, partShape, type OptionShapes } from '../options.js';

/** Books entries into stored portfolios: a `HoldingsEditor`, or a `MarkToMarket`. */
export interface EntryBooker {
  book(
    portfolioId: string,
    entries: readonly LedgerEntryInput[],
    options?: { signal?: AbortSignal },
  ): Promise<BookedEntries>;
  /** Optional: without it, `book` is called for each portfolio. */
  bookMany?(bookings: readonly Booking[]): Promise<BookingOutcome[]>;
}

/** Options of `FillBooker`. */
export interface FillBookerOptions {
  /** Where fills come from. */
  readonly stream: FillStream;
  /** Books them: a `HoldingsEditor`, or the result of `markToMarket()`. */
  readonly holdings: EntryBooker;
  /** Where portfolios are loaded from, to be compared with snapshots. */
  readonly repository: Pick<PortfolioRepository, 'load'>;
  /** The portfolio of an account; `null`: its messages are ignored. Default: the one whose id is the name of the account. */
  readonly portfolioOf?: (account: string) => string | null;
  /** Portfolios that are booked at the same time. Default 8. */
  readonly concurrency?: number;
  /** What `refusedFills()` of an earlier booker returned: tried again first. Default: none. */
  readonly refused?: readonly Fill[];
  /** Refused fills that are kept, to be tried again when others have been booked. Default 10,000. */
  readonly maxRefused?: number;
  /** Called with what a snapshot says differently than the ledger. Nothing is booked. */
  readonly onDifferences?: (differences: readonly AccountDifference[]) => void;
  /** Called when fills may be missing. */
  readonly onGap?: (gap: FillGap) => void;
  /** Called with a fill that cannot be booked, and why: once for each fill. It is tried again when others of its portfolio have been booked. */
  readonly onRefused?: (fill: Fill, error: TickmarkError) => void;
  /** Called when the store or the stream fails; the work is retried. */
  readonly onError?: (error: TickmarkError) => void;
  /** Logs what `onError` gets. */
  readonly logger?: Logger;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter between retries. Default: one that differs from run to run. */
  readonly random?: RandomSource;
}

/** What each option may be. */
export const BOOKER_OPTIONS: OptionShapes<FillBookerOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  stream: needed(partShape<FillStream>('a FillStream', 'read')),
  holdings: needed(partShape<EntryBooker>('a HoldingsEditor or a MarkToMarket', 'book')),
  repository: needed(partShape<FillBookerOptions['repository']>('a PortfolioRepository', 'load')),
  portfolioOf: 'function',
  concurrency: true,
  refused: true,
  maxRefused: true,
  onDifferences: 'function',
  onGap: 'function',
  onRefused: 'function',
};

/** Counters of a `FillBooker`. */
export interface FillBookerStats {
  /** Fills received, repeated ones included. */
  readonly fills: number;
  /** Fills booked. */
  readonly booked: number;
  /** Fills that were in the ledger already. */
  readonly alreadyBooked: number;
  /** Fills that cannot be booked now, and wait for others. */
  readonly refused: number;
  /** Refused fills that were given up for newer ones, beyond `maxRefused`. */
  readonly dropped: number;
  /** Messages of accounts that have no portfolio. */
  readonly ignored: number;
  /** Snapshots compared. */
  readonly snapshots: number;
  /** Differences that snapshots showed. */
  readonly differences: number;
  /** Gaps of the stream. */
  readonly gaps: number;
  /** Retries after the store or the stream failed. */
  readonly retries: number;
}
