import type { Topic, TopicKind } from '../../protocol/topic.js';
import { Fragment } from '../wire/fragment.js';

/**
 * A topic whose newest value the gateway keeps, with the offset of its last change. A reader that has the value of an earlier offset
 * lacks the newest one.
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
  /** Connections and requests in progress that need it. */
  holds = 0;
  /** When its last hold ended, on the monotonic clock. */
  idleSince = 0;
  /** Whether its portfolio no longer exists. */
  isRemoved = false;

  constructor(kind: TopicKind | 'status', key: Topic | 'status') {
    this.kind = kind;
    this.key = key;
  }

  /** Brings a reader that has the value of offset `held` to the newest one. -1: the reader has no value. */
  abstract fragment(held: number): Fragment;

  protected advance(offset: number): void {
    if (this.changedAt === 0) this.since = this.previous = offset;
    else this.previous = this.changedAt;
    this.changedAt = offset;
  }
}

/** A topic whose value is always sent as a whole. */
export class WholeTopic extends FollowedTopic {
  #body = '';
  #fragment = new Fragment('null');

  /**
   * Takes a value, as two parts of its JSON. If only the second part differs, such as the time of a valuation with the same figures, the
   * value has not changed. @returns Whether it has.
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
