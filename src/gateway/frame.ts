import { eventOf } from '../protocol/event-stream.js';
import type { StreamPosition } from '../protocol/stream-position.js';

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).byteLength;
}

/** One message, encoded once for all who are sent it. */
export class Frame {
  readonly json: string;
  readonly #position: StreamPosition | undefined;
  #event: Uint8Array | undefined;
  #jsonBytes: number | undefined;

  constructor(json: string, position?: StreamPosition) {
    this.json = json;
    this.#position = position;
  }

  /** As a server-sent event. */
  get event(): Uint8Array {
    this.#event ??= encoder.encode(eventOf(this.json, this.#position));
    return this.#event;
  }

  /** Bytes of the JSON in UTF-8. */
  get jsonBytes(): number {
    this.#jsonBytes ??= utf8Length(this.json);
    return this.#jsonBytes;
  }
}

/** What one topic has to say, as JSON; shared by all frames it goes into. */
export class Fragment {
  readonly text: string;
  #bytes: number | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Bytes in UTF-8. */
  get bytes(): number {
    this.#bytes ??= utf8Length(this.text);
    return this.#bytes;
  }
}

/** The lists of a message that values stand in, by the kind of their topic. */
const FIELDS = { portfolio: 'portfolios', positions: 'positions', price: 'prices' } as const;

/** Values gathered for one message. */
export class FrameValues {
  /** Values taken. */
  count = 0;
  readonly #lists: Record<keyof typeof FIELDS, string[]> = { portfolio: [], positions: [], price: [] };
  #status = '';

  /** Takes a value. */
  add(kind: keyof typeof FIELDS | 'status', text: string): void {
    this.count++;
    if (kind === 'status') this.#status = text;
    else this.#lists[kind].push(text);
  }

  /** The fields of the message, each with a comma before it. */
  fields(): string {
    let fields = this.#status === '' ? '' : `,"status":${this.#status}`;
    for (const kind of ['portfolio', 'positions', 'price'] as const) {
      const list = this.#lists[kind];
      if (list.length > 0) fields += `,"${FIELDS[kind]}":[${list.join(',')}]`;
    }
    return fields;
  }
}

/** Room for what a message has beside its values, in bytes. */
export const HEAD_BYTES = 256;
