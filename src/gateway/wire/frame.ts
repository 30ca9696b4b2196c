import type { StreamPosition } from '../../protocol/stream-position.js';
import { eventOf } from './event-of.js';
import { Fragment } from './fragment.js';

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

/** Values that are collected for one message. */
export class FrameValues {
  readonly #lists: Record<keyof typeof LISTS, Fragment[]> = { portfolio: [], positions: [], price: [] };
  #status: Fragment | undefined;

  /** Adds a value. */
  add(kind: keyof typeof LISTS | 'status', fragment: Fragment): void {
    if (kind === 'status') this.#status = fragment;
    else this.#lists[kind].push(fragment);
  }

  /** The message. @param head Its JSON up to its values, without the closing bracket. */
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

/** Bytes reserved for the parts of a message other than its values and its head. */
export const FRAMING_BYTES = 256;
