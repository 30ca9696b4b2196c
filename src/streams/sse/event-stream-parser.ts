/** One event of an event stream. */
export interface SseEvent {
  /** The event's type; `message` where the server names none. */
  readonly type: string;
  /** Its data, lines joined by `\n`. May be empty. */
  readonly data: string;
  /** The last id that the server has sent, with this event or an earlier one; empty when there was none. */
  readonly id: string;
}

/** What a parser tells. */
export interface EventStreamListener {
  event(event: SseEvent): void;
  /** A comment line, which servers send to keep a quiet stream alive. */
  comment(): void;
  /** The server asks to wait this long before reconnecting, in ms. */
  retry(ms: number): void;
  /** An event was longer than the limit and was dropped. */
  tooBig(): void;
}

/** Ids go back to the server in a header, which servers refuse beyond some size. */
const MAX_ID_LENGTH = 1024;

/**
 * Parses an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream), from bytes that
 * may be split anywhere. An id holds until the server sends another one, also across connections: in `lastEventId` it is handed on.
 */
export class EventStreamParser {
  readonly #listener: EventStreamListener;
  readonly #limit: number;
  // Takes off a byte order mark at the start, as it should.
  readonly #decoder = new TextDecoder();
  readonly #lineEnd = /\r\n?|\n/g;
  #lastEventId: string;
  #line = '';
  #endedInCr = false;
  #type = '';
  #data = '';
  #hasData = false;
  #length = 0;
  #isTooBig = false;

  /** @param limit most characters of an event, field names included. */
  constructor(listener: EventStreamListener, limit: number, lastEventId = '') {
    this.#listener = listener;
    this.#limit = limit;
    this.#lastEventId = lastEventId;
  }

  /** The id to go on from after a break. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Takes what came next. An event without its empty line at the end of the stream is incomplete, and never told. */
  push(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text === '') return;
    let start = this.#endedInCr && text.startsWith('\n') ? 1 : 0;
    this.#endedInCr = false;
    const lineEnd = this.#lineEnd;
    lineEnd.lastIndex = start;
    for (let found; (found = lineEnd.exec(text)); start = lineEnd.lastIndex) {
      const rest = text.slice(start, found.index);
      if (this.#grow(rest.length)) this.#parseLine(this.#line + rest);
      else if (this.#line === '' && rest === '') this.#dispatch();
      this.#line = '';
      this.#endedInCr = found[0] === '\r' && lineEnd.lastIndex === text.length;
    }
    const rest = text.slice(start);
    if (this.#grow(rest.length)) this.#line += rest;
    // Not kept, but told from an empty line.
    else if (rest !== '') this.#line = ' ';
  }

  /** Whether the event, with so much more, is still within the limit. */
  #grow(length: number): boolean {
    this.#length += length;
    if (this.#length > this.#limit && !this.#isTooBig) {
      this.#isTooBig = true;
      this.#data = '';
    }
    return !this.#isTooBig;
  }

  #parseLine(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) {
      // Comments belong to no event, and may keep a stream alive for days without one.
      this.#length -= line.length;
      return this.#listener.comment();
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.#data += this.#hasData ? `\n${value}` : value;
      this.#hasData = true;
    } else if (field === 'event') this.#type = value;
    else if (field === 'id') {
      if (!value.includes('\0') && value.length <= MAX_ID_LENGTH) this.#lastEventId = value;
    } else if (field === 'retry' && /^\d+$/.test(value)) this.#listener.retry(Number(value));
  }

  #dispatch(): void {
    const event = { type: this.#type || 'message', data: this.#data, id: this.#lastEventId };
    const [hasData, isTooBig] = [this.#hasData, this.#isTooBig];
    this.#type = this.#data = '';
    this.#hasData = this.#isTooBig = false;
    this.#length = 0;
    if (isTooBig) this.#listener.tooBig();
    else if (hasData) this.#listener.event(event);
  }
}
