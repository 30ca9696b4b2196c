import { topicOf } from '../../protocol/topic.js';
import { FollowedTopic } from './followed-topic.js';
import { Fragment } from '../wire/fragment.js';
import type { PositionsJson } from './positions-json.js';
import { TrackedRows } from './tracked-rows.js';

/** Removed rows that are remembered. With more, readers that are behind get all rows again. */
const MAX_REMOVED = 1000;
/** Fragments of one value that are kept, from however many positions readers resume. */
const MAX_FRAGMENTS = 16;

/**
 * The rows of a portfolio, its closed positions, its cash and its totals, from the same prices. Only what has changed is sent: single
 * rows, since the day P&L of a closed position can move by a cent with the price of another symbol; cash as a whole, since it is short.
 */
export class PositionsTopic extends FollowedTopic {
  readonly #id: string;
  #body = '';
  #portfolio = '';
  readonly #rows = new TrackedRows();
  readonly #closed = new TrackedRows();
  #cashBalances = '';
  #cashChangedAt = 0;
  /** Symbols that have lost a row, open or closed, and at which offset. */
  readonly #removed = new Map<string, number>();
  /** A reader with the value of an earlier offset gets all rows. */
  #wholeBefore = 0;
  /** Fragments of the newest value, by the offset that their readers have. */
  readonly #fragments = new Map<number, Fragment>();

  constructor(portfolioId: string) {
    super('positions', topicOf('positions', portfolioId));
    this.#id = JSON.stringify(portfolioId);
  }

  /** Takes the totals (in two parts, as `WholeTopic.set`) and everything else. @returns Whether anything has changed. */
  set(body: string, rest: string, { rows, closed, cashBalances }: PositionsJson, offset: number): boolean {
    const gone = this.#rows.replace(rows, offset);
    const goneClosed = this.#closed.replace(closed, offset);
    const isCashChanged = cashBalances !== this.#cashBalances;
    if (!gone && !goneClosed && !isCashChanged && body === this.#body) return false;
    for (const symbol of [...(gone ?? []), ...(goneClosed ?? [])]) this.#removed.set(symbol, offset);
    if (this.#removed.size > MAX_REMOVED) {
      this.#removed.clear();
      this.#wholeBefore = offset;
    }
    if (isCashChanged) this.#cashChangedAt = offset;
    this.#cashBalances = cashBalances;
    this.#body = body;
    this.#portfolio = body + rest;
    this.#fragments.clear();
    this.advance(offset);
    return true;
  }

  fragment(held: number): Fragment {
    const from = held < Math.max(this.since, this.#wholeBefore) ? -1 : held;
    const known =
      this.#fragments.get(from) ?? (this.#fragments.size < MAX_FRAGMENTS ? null : this.#earlier(from));
    if (known) return known;
    const fragment = new Fragment(this.#compose(from));
    this.#fragments.set(from, fragment);
    return fragment;
  }

  /** The fragment for a reader that is further behind: it has some rows that are not needed, but none is missing. */
  #earlier(from: number): Fragment {
    let best = -1;
    for (const known of this.#fragments.keys()) if (known <= from && known > best) best = known;
    let fragment = this.#fragments.get(best);
    if (!fragment) this.#fragments.set(best, (fragment = new Fragment(this.#compose(best))));
    return fragment;
  }

  #compose(from: number): string {
    const removed: string[] = [];
    if (from >= 0) for (const [symbol, at] of this.#removed) if (at > from) removed.push(symbol);
    const cash = this.#cashChangedAt > from ? `,"cashBalances":${this.#cashBalances}` : '';
    return (
      `{"id":${this.#id},"portfolio":${this.#portfolio},"full":${from < 0},"rows":${this.#rows.since(from)},` +
      `"removed":${JSON.stringify(removed)},"closed":${this.#closed.since(from)}${cash}}`
    );
  }
}
