import { abortedError, type TickmarkError } from '../errors.js';
import type { PriceStreamMessage, StreamStatus } from './price-stream-adapter.js';

/**
 * What an adapter's own code holds of one connection: from `connect()` until `disconnect()`, across its reconnects. Once
 * it is over every call does nothing, so a late frame of an old socket cannot act on a newer connection.
 */
export interface PriceStreamLink {
  /** Fires when the link is over; its reason is the `TickmarkError` that says why. */
  readonly signal: AbortSignal;
  /**
   * Hands a message to every listener, at once and in order. Prices of symbols that are not subscribed are dropped and
   * counted; a gap is narrowed to subscribed symbols. A price object may be reused for the next one.
   */
  deliver(message: PriceStreamMessage): void;
  /** The link broke and is tried again: `attempt` from 1, `nextTryAt` in ms since 1970. */
  reconnecting(attempt: number, nextTryAt: number): void;
  /** The link is up again and the symbols are subscribed again. Deliver the gap next. */
  restored(): void;
  /** Gives up: the status becomes failed and the link is closed. What is no `TickmarkError` becomes the cause of a `STREAM_FAILED`. */
  fail(error: unknown): void;
  /** The source has no more to give: the status becomes disconnected, and slow readers still get what waits for them. */
  end(): void;
}

/** What a link tells its adapter. */
export interface LinkHost {
  deliver(message: PriceStreamMessage): void;
  statusChanged(link: AdapterLink): void;
  failed(link: AdapterLink, error: unknown): void;
  ended(link: AdapterLink): void;
}

/** The adapter's side of a link. */
export class AdapterLink implements PriceStreamLink {
  readonly #host: LinkHost;
  readonly #controller = new AbortController();
  readonly signal: AbortSignal = this.#controller.signal;
  /** What the status is to say while the link lives; `connected` stands for subscribed too. */
  phase: StreamStatus = { state: 'connecting' };
  /** Why it is over. */
  reason: TickmarkError | undefined;
  /** Settles when `openLink()` has; absent before it was called. */
  opening: Promise<void> | undefined;
  /** The outcome of `connect()`. */
  opened: Promise<void> = Promise.resolve();
  /** Settles when everything is released. */
  closing: Promise<void> | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(host: LinkHost) {
    this.#host = host;
  }

  deliver(message: PriceStreamMessage): void {
    if (!this.reason) this.#host.deliver(message);
  }

  reconnecting(attempt: number, nextTryAt: number): void {
    this.#setPhase({ state: 'reconnecting', attempt, nextTryAt });
  }

  restored(): void {
    this.#setPhase({ state: 'connected' });
  }

  fail(error: unknown): void {
    if (!this.reason) this.#host.failed(this, error);
  }

  end(): void {
    if (!this.reason) this.#host.ended(this);
  }

  /** Ends it; everything that waits on it rejects with the reason. */
  close(reason: TickmarkError): void {
    this.reason = reason;
    this.#controller.abort(reason);
  }

  /** Throws the reason when it is over. */
  throwIfClosed(): void {
    if (this.reason) throw this.reason;
  }

  /** Runs a task once the link is open and earlier tasks have settled. */
  enqueue(task: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(async () => {
      await this.opened;
      await this.whileOpen(task);
    });
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** The outcome of a task, or the reason as rejection when the link is over first. */
  whileOpen(task: () => Promise<void>): Promise<void> {
    if (this.reason) return Promise.reject(this.reason);
    return new Promise((resolve, reject) => {
      const onOver = (): void => reject(this.reason!);
      this.signal.addEventListener('abort', onOver, { once: true });
      void task()
        .then(resolve, reject)
        .finally(() => this.signal.removeEventListener('abort', onOver));
    });
  }

  #setPhase(phase: StreamStatus): void {
    if (this.reason) return;
    this.phase = phase;
    this.#host.statusChanged(this);
  }
}

/** The promise's outcome, or `ABORTED` when the signal fires first. */
export function withSignal(promise: Promise<void>, signal: AbortSignal, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal, what));
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
