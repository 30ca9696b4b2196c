import type { Clock } from '../clock.js';
import { ReportLimit, callBack, errorReporter, tellOnce } from '../error-reporter.js';
import { TickmarkError } from '../errors.js';
import { PriceRejectedError, type PriceRejection, type PriceUpdate } from '../prices/price-update.js';
import { ListenerList } from './listener-list.js';
import { MessageReader } from './message-reader.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { isGap, type PriceStreamMessage, type StreamStatus } from './price-stream-adapter.js';

/** Counters of a stream since its creation. */
export interface PriceStreamStats {
  /** Messages delivered, including gaps. */
  readonly messages: number;
  /** Gaps delivered. */
  readonly gaps: number;
  /** Prices dropped because their symbol was not subscribed. */
  readonly unsubscribed: number;
  /** Messages dropped because they are neither a price with a symbol nor a gap. */
  readonly malformed: number;
  /** Listener calls that threw or rejected. */
  readonly listenerErrors: number;
}

/** Why a message is neither a price with a symbol nor a gap; `null` if it is. The rest of a price is checked where it is taken in. */
function messageFault(message: PriceStreamMessage | null): PriceRejection | null {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return 'not-an-update';
  if (isGap(message)) return Array.isArray(message.symbols) ? null : 'not-an-update';
  return typeof message.symbol === 'string' && message.symbol !== '' ? null : 'empty-symbol';
}

/** Delivers the messages of a stream to all listeners and readers, and counts them. */
export class PriceStreamBroadcast {
  readonly messages = new ListenerList<PriceStreamMessage>((error) => this.#listenerFailed('message', error));
  readonly statuses = new ListenerList<StreamStatus>((error) => this.#listenerFailed('status', error));
  readonly #streamName: string;
  readonly #errorListeners = new Set<{ readonly call: (error: TickmarkError) => unknown }>();
  readonly #reportError: (error: TickmarkError) => void;
  readonly #limit: ReportLimit;
  readonly #readers = new Set<MessageReader>();
  readonly #counters = { messages: 0, gaps: 0, unsubscribed: 0, malformed: 0, listenerErrors: 0 };

  constructor(streamName: string, clock: Clock, onError: ((error: TickmarkError) => void) | undefined) {
    this.#streamName = streamName;
    this.#limit = new ReportLimit(clock);
    this.#reportError = errorReporter({ onError });
  }

  /** Delivers a message if any of its symbols is wanted. */
  deliver(message: PriceStreamMessage, wanted: ReadonlySet<string>): void {
    const counters = this.#counters;
    const fault = wanted.has((message as PriceUpdate | null)?.symbol as string)
      ? null
      : messageFault(message);
    if (fault !== null) {
      counters.malformed++;
      if (this.#limit.isDue(fault)) this.report(new PriceRejectedError(fault, message));
    } else if (isGap(message)) {
      const symbols = message.symbols.filter((symbol) => wanted.has(symbol));
      if (symbols.length === 0) return;
      counters.messages++;
      counters.gaps++;
      this.messages.emit(symbols.length === message.symbols.length ? message : { ...message, symbols });
    } else if (wanted.has(message.symbol)) {
      counters.messages++;
      this.messages.emit(message);
    } else {
      counters.unsubscribed++;
    }
  }

  /** Creates an async iterator over the messages from now on. */
  createReader(): MessageReader {
    const reader = new MessageReader((each) => {
      this.#readers.delete(each);
      off();
    });
    const off = this.messages.add((message) => reader.receive(message));
    this.#readers.add(reader);
    return reader;
  }

  /** Ends all readers after their waiting messages, with the error if there is one. */
  endReaders(error?: TickmarkError): void {
    for (const reader of [...this.#readers]) reader.end(error);
  }

  /** Ends all readers at once. */
  stopReaders(): void {
    for (const reader of [...this.#readers]) reader.stop();
  }

  /** Reports an error that does not stop the stream. What a listener throws is reported to the other receivers. */
  report(error: TickmarkError): void {
    tellOnce(error, () => {
      this.#reportError(error);
      for (const { call } of [...this.#errorListeners])
        callBack('A listener of onError()', () => call(error), this.#reportError);
    });
  }

  /** Calls the listener with each error that is reported. */
  onError(call: (error: TickmarkError) => unknown): Unsubscribe {
    const entry = { call };
    this.#errorListeners.add(entry);
    return () => void this.#errorListeners.delete(entry);
  }

  /** Counters so far. */
  stats(): PriceStreamStats {
    return { ...this.#counters };
  }

  #listenerFailed(kind: string, cause: unknown): void {
    this.#counters.listenerErrors++;
    this.report(
      new TickmarkError(
        'HANDLER_FAILED',
        `${this.#streamName}: a ${kind} listener threw; the stream continues.`,
        {
          cause,
        },
      ),
    );
  }
}
