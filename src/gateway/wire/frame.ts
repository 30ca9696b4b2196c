import type { StreamPosition } from '../../protocol/stream-position.js';
import { eventOf } from './event-of.js';
import { Fragment } from './fragment.js';
import type { MessageHead } from './message-head.js';

/**
 * One message, composed once for all readers that get it. A {@link FrameSink} writes it in the form that its transport needs.
 *
 * @example
 * ```ts
 * import type { Frame } from 'tickmark/gateway';
 *
 * // A transport of your own that sends lines of JSON.
 * export const lineOf = (frame: Frame): string => `${frame.json}\n`;
 * ```
 */
export class Frame {
  readonly #parts: readonly Fragment[];
  readonly #position: StreamPosition | undefined;
  #json: string | undefined;
  #jsonBytes: number | undefined;
  #event: Uint8Array | undefined;

  /** @internal Created by the gateway. */
  constructor(parts: readonly Fragment[], position?: StreamPosition) {
    this.#parts = parts;
    this.#position = position;
  }

  /** A message from its JSON, on one line. */
  static of(json: string): Frame {
    return new Frame([new Fragment(json)]);
  }

  /** As JSON. */
  get json(): string {
    this.#json ??= this.#parts.map(({ text }) => text).join('');
    return this.#json;
  }

  /** Bytes of the JSON in UTF-8. */
  get jsonBytes(): number {
    this.#jsonBytes ??= bytesOf(this.#parts);
    return this.#jsonBytes;
  }

  /** As a server-sent event. */
  get event(): Uint8Array {
    this.#event ??= eventOf(this.#parts, this.#position);
    return this.#event;
  }
}

/** Bytes of pieces of JSON in UTF-8. */
export function bytesOf(parts: readonly Fragment[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The beginning of each list of values in a message, by the kind of its topics. */
const LISTS = {
  portfolio: new Fragment(',"portfolios":['),
  positions: new Fragment(',"positions":['),
  price: new Fragment(',"prices":['),
} as const;

const STATUS = new Fragment(',"status":');
const COMMA = new Fragment(',');
const END_OF_LIST = new Fragment(']');
const END = new Fragment('}');

/**
 * A message with so many bytes is full. Each message is a task of its own in a browser, of less than 50 ms on a slow phone; and the
 * client divides its work after events that are at least half as long.
 */
const FULL_BYTES = 24_576;

/** Bytes reserved for the parts of a message other than its values and the head of a longer one. */
export const FRAMING_BYTES = 256;

/** Values of one message. */
class FramePart {
  readonly #lists: Record<keyof typeof LISTS, Fragment[]> = { portfolio: [], positions: [], price: [] };
  #status: Fragment | undefined;

  add(kind: keyof typeof LISTS | 'status', fragment: Fragment): void {
    if (kind === 'status') this.#status = fragment;
    else this.#lists[kind].push(fragment);
  }

  frame(head: readonly Fragment[], position?: StreamPosition): Frame {
    const parts = [...head];
    if (this.#status) parts.push(STATUS, this.#status);
    for (const kind of ['portfolio', 'positions', 'price'] as const) {
      const list = this.#lists[kind];
      list.forEach((fragment, index) => parts.push(index === 0 ? LISTS[kind] : COMMA, fragment));
      if (list.length > 0) parts.push(END_OF_LIST);
    }
    parts.push(END);
    return new Frame(parts, position);
  }
}

/** Values of one moment, divided among as many messages as keep each of them short. */
export class FrameValues {
  readonly #parts = [new FramePart()];
  /** Bytes of the last part. */
  #bytes: number;

  /** @param headBytes Bytes of the first message before its values. */
  constructor(headBytes = 0) {
    this.#bytes = headBytes;
  }

  /** Bytes that a value takes, with what its message adds if it is the first one of another message. */
  sizeOf(fragment: Fragment): number {
    // With its comma.
    return fragment.bytes + 1 + (this.#isFull ? FRAMING_BYTES : 0);
  }

  /** Adds a value. */
  add(kind: keyof typeof LISTS | 'status', fragment: Fragment): void {
    if (this.#isFull) {
      this.#parts.push(new FramePart());
      this.#bytes = 0;
    }
    this.#bytes += fragment.bytes;
    this.#parts.at(-1)!.add(kind, fragment);
  }

  /**
   * The messages. Only the last one has the position, so that a reader takes them for one set.
   * @param head The JSON of the first one up to its values, without the closing bracket. @param next That of the others.
   */
  frames(head: MessageHead, next: MessageHead, position: StreamPosition | undefined): Frame[] {
    const last = this.#parts.length - 1;
    return this.#parts.map((part, index) => {
      const at = index === last ? position : undefined;
      return part.frame((index === 0 ? head : next)(at), at);
    });
  }

  get #isFull(): boolean {
    return this.#bytes >= FULL_BYTES;
  }
}
