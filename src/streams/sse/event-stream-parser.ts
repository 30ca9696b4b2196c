/** One event of an event stream. */
export interface SseEvent {
  /** The event's type; `message` where the server names none. */
  readonly type: string;
  /** The data; its lines are joined by `\n`. May be empty. */
  readonly data: string;
  /** The last id that the server sent, with this event or an earlier one; empty if there was none. */
  readonly id: string;
}

/** Receives what a parser finds. */
export interface EventStreamListener {
  event(event: SseEvent): void;
  /** A comment line; servers send them to keep a quiet event stream alive. */
  comment(): void;
  /** The server asks to wait this long before a reconnect, in ms. */
  retry?(ms: number): void;
  /** An event exceeded the limit and was dropped. */
  tooBig(): void;
}

/** Ids are sent back in a header, and servers limit the size of headers. */
const MAX_ID_LENGTH = 1024;

/**
 * Parses an event stream from chunks that may be split anywhere. An id is valid until the server sends another one, also across
 * connections: `lastEventId` is passed on to the next parser.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class EventStreamParser {
  readonly #listener: EventStreamListener;
  readonly #limit: number;
  // Removes a byte order mark at the start, as the standard requires.
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

  /** @param limit Most characters of an event, with its field names. */
  constructor(listener: EventStreamListener, limit: number, lastEventId = '') {
    this.#listener = listener;
    this.#limit = limit;
    this.#lastEventId = lastEventId;
  }

  /** The id to resume after. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Parses the next chunk. An event at the end of the stream without an empty line after it is incomplete and is dropped. */
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
    // The line is dropped, but must not count as an empty one.
    else if (rest !== '') this.#line = ' ';
  }

  /** Adds to the length of the event. Whether it is still within the limit. */
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
      // Comments belong to no event, and an event stream may consist of them for days.
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
    } else if (field === 'retry' && /^\d+$/.test(value)) this.#listener.retry?.(Number(value));
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
