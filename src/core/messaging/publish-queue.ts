import type { Clock, Timer } from '../clock.js';
import type { ErrorCode } from '../error-code.js';
import { TickmarkError } from '../errors.js';
import { busClosedError, eventList } from './bus-checks.js';
import type { DomainEvent } from './event-bus.js';

/** Options of {@link PublishQueue}. */
export interface PublishQueueOptions<Connection> {
  readonly where: string;
  /** Name of the broker in errors. */
  readonly broker: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Opens the link; called before each publish. */
  readonly start: () => void;
  /** The connection to send on; `null` while there is none. */
  readonly connection: () => Connection | null;
  /** Why the link is broken: `publish` then rejects at once. `null` while a connection may come up soon. */
  readonly failure: () => TickmarkError | null;
  /** Sends events; settles when the broker has answered. */
  readonly send: (connection: Connection, events: readonly DomainEvent[]) => Promise<void>;
  /** A connection did not answer in time, and is not used again: all that was sent on it has been rejected. */
  readonly onSilence: (connection: Connection) => void;
}

interface QueuedPublish<Connection> {
  readonly events: readonly DomainEvent[];
  readonly resolve: () => void;
  readonly reject: (error: TickmarkError) => void;
  timer: Timer | null;
  sentOn: Connection | null;
}

/**
 * Queue of published events that the broker has not accepted yet, in order. Each call settles within `timeoutMs`, which bounds the queue.
 * Nothing is sent after it was rejected, and nothing is sent twice.
 */
export class PublishQueue<Connection> {
  /** Events that the broker has accepted. */
  published = 0;
  /** Events that were rejected, or sent without an answer. */
  rejected = 0;
  readonly #options: PublishQueueOptions<Connection>;
  readonly #waiting: QueuedPublish<Connection>[] = [];
  readonly #sent = new Set<QueuedPublish<Connection>>();
  #isClosed = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: PublishQueueOptions<Connection>) {
    this.#options = options;
  }

  /**
   * Publishes an event or a list of events, as `EventBus.publish`.
   * @throws TickmarkError `INVALID_ARGUMENT`; `CLOSED` after `close()`; `BUS_FAILED`, retryable; those errors of `send` that say
   * what became of the events.
   */
  async publish(given: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const { where, start } = this.#options;
    if (this.#isClosed) throw busClosedError(where, 'publish');
    const events = eventList(given, where);
    if (events.length === 0) return;
    start();
    await new Promise<void>((resolve, reject) => {
      const entry: QueuedPublish<Connection> = { events, resolve, reject, timer: null, sentOn: null };
      this.#waiting.push(entry);
      this.drain();
      if (entry.sentOn !== null || this.#waiting.at(-1) !== entry) return;
      const broken = this.#options.failure();
      if (broken) this.#settle(entry, broken);
      else this.#startTimer(entry);
    });
  }

  /** Sends the waiting events if there is a connection. */
  drain(): void {
    for (;;) {
      const connection = this.#waiting.length > 0 ? this.#options.connection() : null;
      if (!connection) return;
      this.#send(this.#waiting.shift()!, connection);
    }
  }

  /** Rejects the waiting events. */
  rejectWaiting(error: TickmarkError): void {
    for (const entry of this.#waiting.splice(0)) this.#settle(entry, error);
  }

  /** Rejects the waiting events and all later ones with `CLOSED`. */
  close(): void {
    this.#isClosed = true;
    this.rejectWaiting(busClosedError(this.#options.where, 'publish'));
  }

  /** Settles when everything sent was answered or timed out. */
  whenIdle(): Promise<void> {
    if (this.#sent.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onEmpty = resolve));
  }

  #send(entry: QueuedPublish<Connection>, connection: Connection): void {
    entry.sentOn = connection;
    this.#sent.add(entry);
    if (!entry.timer) this.#startTimer(entry);
    this.#options.send(connection, entry.events).then(
      () => this.#settle(entry),
      (cause: unknown) => {
        this.#settle(
          entry,
          isFinal(cause) ? cause : this.#failure(`${this.#options.broker} did not accept the events`, cause),
        );
      },
    );
  }

  #startTimer(entry: QueuedPublish<Connection>): void {
    const { broker, clock, timeoutMs } = this.#options;
    entry.timer = clock.setTimer(() => {
      const { sentOn } = entry;
      // An answer that has arrived is read first: that this process stood still is no silence of the broker.
      if (sentOn) entry.timer = clock.defer(() => this.#silent(entry, sentOn));
      else
        this.#settle(
          entry,
          this.#failure(`not sent within ${timeoutMs} ms; the link to ${broker} was not up`),
        );
    }, timeoutMs);
  }

  #silent(entry: QueuedPublish<Connection>, sentOn: Connection): void {
    const { broker, timeoutMs, onSilence } = this.#options;
    const silence = this.#failure(
      `no answer within ${timeoutMs} ms; it is unknown whether ${broker} got the events`,
    );
    this.#settle(entry, silence);
    // The next connection may be faster: readers would drop what the old one still delivers as repeated.
    for (const other of [...this.#sent]) if (other.sentOn === sentOn) this.#settle(other, silence);
    onSilence(sentOn);
  }

  #settle(entry: QueuedPublish<Connection>, error?: TickmarkError): void {
    const isOpen = this.#sent.delete(entry) || entry.sentOn === null;
    entry.timer?.clear();
    if (!isOpen) return;
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (error) {
      this.rejected += entry.events.length;
      entry.reject(error);
    } else {
      this.published += entry.events.length;
      entry.resolve();
    }
    if (this.#sent.size === 0) this.#onEmpty?.();
  }

  #failure(what: string, cause?: unknown): TickmarkError {
    const message = `${this.#options.where}.publish: ${what}.`;
    return new TickmarkError('BUS_FAILED', message, { retryable: true, cause });
  }
}

// Errors that say by themselves what became of the events.
function isFinal(cause: unknown): cause is TickmarkError {
  return cause instanceof TickmarkError && FINAL.has(cause.code);
}

const FINAL = new Set<ErrorCode>(['INVALID_ARGUMENT', 'MESSAGE_TOO_LARGE', 'BUS_FAILED', 'UNAUTHORIZED']);
