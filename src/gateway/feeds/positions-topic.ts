import { topicOf } from '../../protocol/topic.js';
import { FollowedTopic } from './followed-topic.js';
import { Fragment } from '../wire/fragment.js';

/** A row as JSON, and the offset of its last change. */
interface Row {
  readonly text: string;
  readonly changedAt: number;
}

/** Removed rows that are remembered. With more, readers that are behind get all rows again. */
const MAX_REMOVED = 1000;
/** Fragments of one value that are kept, from however many positions readers resume. */
const MAX_FRAGMENTS = 16;

/** The rows of a portfolio and its totals, from the same prices. Only changed rows are sent. */
export class PositionsTopic extends FollowedTopic {
  readonly #id: string;
  #body = '';
  #portfolio = '';
  #rows = new Map<string, Row>();
  readonly #removed = new Map<string, number>();
  /** A reader with the value of an earlier offset gets all rows. */
  #wholeBefore = 0;
  /** Fragments of the newest value, by the offset that their readers have. */
  readonly #fragments = new Map<number, Fragment>();

  constructor(portfolioId: string) {
    super('positions', topicOf('positions', portfolioId));
    this.#id = JSON.stringify(portfolioId);
  }

  /** Takes the totals (in two parts, as `WholeTopic.set`) and all rows by symbol. @returns Whether anything has changed. */
  set(body: string, rest: string, rows: ReadonlyMap<string, string>, offset: number): boolean {
    const next = new Map<string, Row>();
    let isChanged = body !== this.#body || rows.size !== this.#rows.size;
    for (const [symbol, text] of rows) {
      const known = this.#rows.get(symbol);
      const isSame = known?.text === text;
      next.set(symbol, isSame ? known : { text, changedAt: offset });
      isChanged ||= !isSame;
    }
    if (!isChanged) return false;
    for (const symbol of this.#rows.keys()) if (!rows.has(symbol)) this.#removed.set(symbol, offset);
    for (const symbol of rows.keys()) this.#removed.delete(symbol);
    if (this.#removed.size > MAX_REMOVED) {
      this.#removed.clear();
      this.#wholeBefore = offset;
    }
    this.#rows = next;
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
    const rows: string[] = [];
    for (const { text, changedAt } of this.#rows.values()) if (changedAt > from) rows.push(text);
    const removed: string[] = [];
    if (from >= 0) for (const [symbol, at] of this.#removed) if (at > from) removed.push(symbol);
    return (
      `{"id":${this.#id},"portfolio":${this.#portfolio},"full":${from < 0},` +
      `"rows":[${rows.join(',')}],"removed":${JSON.stringify(removed)}}`
    );
  }
}
