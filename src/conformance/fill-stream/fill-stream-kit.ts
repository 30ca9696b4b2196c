import type { FillStream } from '../../core/fills/fill-stream.js';
import type { LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { BreakableLink } from '../event-bus/event-bus-kit.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh stream of fills for one case, and its broker. */
export interface FillStreamHarness extends Harness {
  /** The stream under test. */
  readonly stream: FillStream;
  /** Name of the account that trades. */
  readonly account: string;
  /** Makes a trade at the broker. @returns what the stream should deliver as its entry. */
  readonly trade: (number: number) => Promise<LedgerEntryInput> | LedgerEntryInput;
  /** The link to the broker; needed for `supports.link`. */
  readonly link?: BreakableLink;
}

/** Optional abilities of a stream of fills. */
export interface FillStreamSupport {
  /** `createHarness` gives a `link`. */
  readonly link: boolean;
}

/** Options of `fillStreamConformance`. */
export interface FillStreamConformanceOptions extends KitOptions<FillStreamHarness, FillStreamSupport> {}

export type FillStreamKit = Kit<FillStreamHarness, FillStreamSupport>;
