import { abortedError, invalidArgument, type TickmarkError } from '../errors.js';
import type { PriceStreamMessage, StreamStatus } from './price-stream-adapter.js';

/**
 * One connection, as the code of an adapter sees it: from `connect()` until `disconnect()`, with all reconnects in between. After its end
 * every call does nothing, so a late frame of an old socket cannot affect a newer connection.
 */
export interface PriceStreamLink {
  /** Fires when the link ends; its reason is a `TickmarkError`. */
  readonly signal: AbortSignal;
  /**
   * Delivers a message to every listener, synchronously and in order. Prices of symbols that are not subscribed are dropped and counted. A
   * gap is reduced to the subscribed symbols. The object of a price may be reused for the next one.
   */
  deliver(message: PriceStreamMessage): void;
  /** The link broke, and the adapter opens it again: `attempt` counts from 1, `nextTryAt` is in ms since 1970. */
  reconnecting(attempt: number, nextTryAt: number): void;
  /** The link is up again and the symbols are subscribed again. Deliver the gap next. */
  restored(): void;
  /**
   * A part of the link is down or up again: these of the subscribed symbols get no prices now, and the status is `degraded`; an empty list:
   * all parts are up. Until the next call, `reconnecting()` or `restored()`.
   */
  degraded(symbols: readonly string[]): void;
  /** Gives up: the status becomes `failed` and the link is closed. An error that is no `TickmarkError` becomes the cause of a `STREAM_FAILED`. */
  fail(error: unknown): void;
  /** The source has ended: the status becomes `disconnected`. Slow readers still get their waiting messages. */
  end(): void;
}

/** What a link reports to its adapter. */
export interface LinkHost {
  deliver(message: PriceStreamMessage): void;
  statusChanged(link: AdapterLink): void;
  failed(link: AdapterLink, error: unknown): void;
  ended(link: AdapterLink): void;
}

/** A link with what only `BasePriceStreamAdapter` uses. */
export class AdapterLink implements PriceStreamLink {
  readonly #host: LinkHost;
  readonly #controller = new AbortController();
  readonly signal: AbortSignal = this.#controller.signal;
  /** Status of the open link; `connected` also while symbols are subscribed. */
  phase: StreamStatus = { state: 'connecting' };
  /** Why it has ended; `undefined` before. */
  reason: TickmarkError | undefined;
  /** The promise of `openLink()`; `undefined` before the call. */
  opening: Promise<void> | undefined;
  /** The promise of `connect()`. */
  opened: Promise<void> = Promise.resolve();
  /** Settles when everything is closed. */
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

  degraded(symbols: readonly string[]): void {
    if (!Array.isArray(symbols)) throw invalidArgument('degraded()', symbols, 'a list of symbols');
    this.#setPhase(symbols.length > 0 ? { state: 'degraded', symbols } : { state: 'connected' });
  }

  fail(error: unknown): void {
    if (!this.reason) this.#host.failed(this, error);
  }

  end(): void {
    if (!this.reason) this.#host.ended(this);
  }

  /** Ends it; everything that waits for it rejects with the reason. */
  close(reason: TickmarkError): void {
    this.reason = reason;
    this.#controller.abort(reason);
  }

  /** Throws the reason if it has ended. */
  throwIfClosed(): void {
    if (this.reason) throw this.reason;
  }

  /** Runs a task when the link is open and all earlier tasks have settled. */
  enqueue(task: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(async () => {
      await this.opened;
      await this.whileOpen(task);
    });
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Settles like a task; rejects with the reason if the link ends first. */
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

/** Settles like the promise; rejects with `ABORTED` if the signal fires first. */
export function withSignal(promise: Promise<void>, signal: AbortSignal, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal, what));
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
