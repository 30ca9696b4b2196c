import type { Topic, TopicKind } from '../../protocol/topic.js';
import { Fragment } from '../wire/fragment.js';

/**
 * A topic that the gateway keeps the newest value of, and at which offset that came. Who holds it as of some offset is owed it
 * if it has changed since.
 */
export abstract class FollowedTopic {
  readonly key: Topic | 'status';
  readonly kind: TopicKind | 'status';
  /** Offset from when on every change is known. */
  since = 0;
  /** Offset of the newest value. */
  changedAt = 0;
  /** Offset of the value before that. */
  previous = 0;
  /** Connections and requests under way that need it. */
  holds = 0;
  /** Since when it has no holds, on the monotonic clock. */
  idleSince = 0;
  /** There is no such thing any longer. */
  isRemoved = false;

  constructor(kind: TopicKind | 'status', key: Topic | 'status') {
    this.kind = kind;
    this.key = key;
  }

  /** What brings a reader who has the value as of offset `held` to the newest; -1: who has none. */
  abstract fragment(held: number): Fragment;

  protected advance(offset: number): void {
    if (this.changedAt === 0) this.since = this.previous = offset;
    else this.previous = this.changedAt;
    this.changedAt = offset;
  }
}

/** A topic whose value is always told whole. */
export class WholeTopic extends FollowedTopic {
  #body = '';
  #fragment = new Fragment('null');

  /**
   * Takes a value in two parts of its JSON; says whether the first differs from what is known. The second alone, such as the time
   * of a valuation that came to the same figures, is no news.
   */
  set(body: string, rest: string, offset: number): boolean {
    if (body === this.#body) return false;
    this.#body = body;
    this.#fragment = new Fragment(body + rest);
    this.advance(offset);
    return true;
  }

  fragment(): Fragment {
    return this.#fragment;
  }
}
