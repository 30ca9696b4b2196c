import type { VenueSink } from '../venue-session.js';

interface Request {
  readonly action: 'subscribe' | 'unsubscribe';
  symbols: readonly string[];
  /** Whether it is a part of a refused request. */
  readonly isPart: boolean;
}

/** Error code: the plan's limit of symbols is reached. */
const SYMBOL_LIMIT = 405;
/** Error code: the channel is not on this feed, whatever the symbol. */
const NOT_ON_FEED = 410;

/**
 * Requests to Alpaca and their answers. An answer does not name its request, but answers come in order. The venue accepts or refuses a
 * request as a whole. A refused one is split in halves, which are sent one after the other in the order of the symbols. This finds bad
 * symbols, and of too many symbols the first ones are subscribed.
 */
export class AlpacaRequests {
  readonly #sink: VenueSink;
  readonly #channels: readonly string[];
  /** Unanswered requests, in the order in which they were sent. */
  readonly #open: Request[] = [];
  /** Parts of refused requests that are still to be sent, one at a time. */
  #parts: (readonly string[])[] = [];
  #isFull = false;
  /** An answer may be missing: it is no longer certain which request the next one belongs to. */
  #isUnsure = false;

  constructor(sink: VenueSink, channels: readonly string[]) {
    this.#sink = sink;
    this.#channels = channels;
  }

  /** The frame that subscribes symbols. */
  subscribe(symbols: readonly string[]): string {
    this.#withdraw(symbols);
    return this.#request('subscribe', symbols);
  }

  /** The frame that unsubscribes symbols. */
  unsubscribe(symbols: readonly string[]): string {
    this.#parts = this.#parts.map((part) => without(part, symbols));
    this.#isFull = false;
    return this.#request('unsubscribe', symbols);
  }

  /** The venue accepted a request; `table` is all that is subscribed now. */
  accepted(table: ReadonlySet<string>): void {
    const request = this.#open.shift();
    if (request?.action !== 'subscribe' || this.#isUnsure) this.#sink.confirmed([...table]);
    else {
      this.#sink.confirmed(request.symbols.filter((symbol) => table.has(symbol)));
      for (const symbol of request.symbols)
        if (!table.has(symbol)) this.#sink.refused(symbol, 'the venue does not list it as subscribed');
    }
    this.#requestNextPart();
  }

  /** The venue refused a request. */
  rejected(message: string, code: number): void {
    const request = this.#open.shift();
    if (request?.action !== 'subscribe') return;
    const { symbols, isPart } = request;
    const isFinal = symbols.length === 1 || code === NOT_ON_FEED || (code === SYMBOL_LIMIT && this.#isFull);
    if (isFinal) this.#refuse(symbols, message, code);
    else {
      const middle = Math.ceil(symbols.length / 2);
      const halves = [symbols.slice(0, middle), symbols.slice(middle)];
      this.#parts = isPart ? [...halves, ...this.#parts] : [...this.#parts, ...halves];
    }
    this.#requestNextPart();
  }

  #refuse(symbols: readonly string[], message: string, code: number): void {
    this.#isFull ||= code === SYMBOL_LIMIT;
    // If there is no room for one symbol, there is none for those after it.
    const after = code === SYMBOL_LIMIT ? this.#parts.splice(0).flat() : [];
    for (const symbol of [...symbols, ...after]) this.#sink.refused(symbol, message, code);
  }

  /** Removes symbols from earlier requests: they are requested again, because no answer came in time. */
  #withdraw(symbols: readonly string[]): void {
    this.#parts = this.#parts.map((part) => without(part, symbols));
    for (const request of this.#open) {
      const left = without(request.symbols, symbols);
      if (request.action !== 'subscribe' || left.length === request.symbols.length) continue;
      request.symbols = left;
      this.#isUnsure = true;
    }
    const isIdle = ({ action, symbols: left }: Request): boolean =>
      action === 'subscribe' && left.length === 0;
    for (let at = this.#open.findIndex(isIdle); at >= 0; at = this.#open.findIndex(isIdle))
      this.#open.splice(at, 1);
  }

  #requestNextPart(): void {
    if (this.#open.some(({ isPart }) => isPart)) return;
    this.#parts = this.#parts.filter((part) => part.length > 0);
    const part = this.#parts.shift();
    if (part) this.#sink.send(this.#request('subscribe', part, true));
  }

  #request(action: Request['action'], symbols: readonly string[], isPart = false): string {
    this.#open.push({ action, symbols, isPart });
    return JSON.stringify({
      action,
      ...Object.fromEntries(this.#channels.map((channel) => [channel, symbols])),
    });
  }
}

function without(symbols: readonly string[], dropped: readonly string[]): readonly string[] {
  return symbols.filter((symbol) => !dropped.includes(symbol));
}
