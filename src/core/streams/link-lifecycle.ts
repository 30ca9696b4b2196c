import { BoundedCalls, type Clock } from '../clock.js';
import { TickmarkError, abortedError } from '../errors.js';
import { errorText } from '../error-text.js';
import type { PriceStreamBroadcast } from './price-stream-broadcast.js';
import type { StreamStatus } from './price-stream-adapter.js';
import { AdapterLink, withSignal, type PriceStreamLink } from './price-stream-link.js';
import type { SubscribedSymbols } from './subscribed-symbols.js';

/** What a {@link LinkLifecycle} works with. */
export interface LinkLifecycleOptions {
  /** Name of the stream, for errors. */
  readonly name: string;
  readonly clock: Clock;
  /** Longest time that a link may take to close, in ms. */
  readonly closeTimeoutMs: number;
  readonly symbols: SubscribedSymbols;
  readonly broadcast: PriceStreamBroadcast;
  /** Opens a link, as `BasePriceStreamAdapter.openLink` says. */
  readonly open: (link: PriceStreamLink) => Promise<void> | void;
  /** Closes it, as `BasePriceStreamAdapter.closeLink` says. */
  readonly close: () => Promise<void> | void;
}

const DISCONNECTED: StreamStatus = { state: 'disconnected' };
const SUBSCRIBED: StreamStatus = { state: 'subscribed' };

/** Opens and closes the links of a stream, one at a time, and tells listeners of its status. */
export class LinkLifecycle {
  readonly #options: LinkLifecycleOptions;
  #status: StreamStatus = DISCONNECTED;
  #link: AdapterLink | undefined;
  #closing: Promise<void> | undefined;
  #disconnecting: Promise<void> | undefined;

  constructor(options: LinkLifecycleOptions) {
    this.#options = options;
  }

  /** The link, from `connect()` until it ends. */
  get link(): AdapterLink | undefined {
    return this.#link;
  }

  get status(): StreamStatus {
    return this.#status;
  }

  /** Opens a link, unless there is one. @throws as `PriceStreamAdapter.connect`. */
  connect(signal: AbortSignal | undefined): Promise<void> {
    const { name } = this.#options;
    if (signal?.aborted) return Promise.reject(abortedError(signal, `${name}.connect()`));
    if (this.#disconnecting) {
      const message = `${name}.connect(): disconnect() is running; wait for it, then connect again.`;
      return Promise.reject(new TickmarkError('DISCONNECTING', message, { retryable: true }));
    }
    if (!this.#link) return this.#open(signal);
    if (!signal) return this.#link.opened;
    return withSignal(this.#link.opened, signal, `${name}.connect()`);
  }

  /** Closes the link; resolves when that is done or takes too long. */
  disconnect(): Promise<void> {
    if (this.#disconnecting) return this.#disconnecting;
    this.#options.broadcast.stopReaders();
    if (this.#link) this.#close(this.#link, this.#closedError(), DISCONNECTED);
    else this.#setStatus(DISCONNECTED);
    if (!this.#closing) return Promise.resolve();
    this.#disconnecting = this.#closing.finally(() => (this.#disconnecting = undefined));
    return this.#disconnecting;
  }

  /** Updates the status: a link has another phase, or the symbols have changed. */
  updateStatus(link: AdapterLink): void {
    if (link.reason) return;
    const subscribed = this.#options.symbols.all;
    let { phase } = link;
    if (phase.state === 'degraded') {
      const symbols = phase.symbols.filter((symbol) => subscribed.has(symbol));
      phase = symbols.length > 0 ? { state: 'degraded', symbols } : { state: 'connected' };
    }
    this.#setStatus(phase.state === 'connected' && subscribed.size > 0 ? SUBSCRIBED : phase);
  }

  /** The error of a failed call: its cause, if that is a `TickmarkError`; otherwise `STREAM_FAILED`. */
  failure(what: string, cause: unknown): TickmarkError {
    if (cause instanceof TickmarkError) return cause;
    const message = `${this.#options.name}: ${what}: ${errorText(cause)}`;
    return new TickmarkError('STREAM_FAILED', message, { retryable: true, cause });
  }

  #open(signal: AbortSignal | undefined): Promise<void> {
    const { name, broadcast, symbols } = this.#options;
    const subscribed = symbols.all;
    const link = new AdapterLink({
      deliver: (message) => broadcast.deliver(message, subscribed),
      statusChanged: (each) => this.updateStatus(each),
      failed: (each, error) => this.#fail(each, this.failure('the link broke', error)),
      ended: (each) => {
        broadcast.endReaders();
        this.#close(each, this.#closedError(), DISCONNECTED);
      },
    });
    const onAbort = (): void => {
      this.#close(link, abortedError(signal!, `${name}.connect()`), DISCONNECTED);
    };
    this.#link = link;
    signal?.addEventListener('abort', onAbort, { once: true });
    link.opened = this.#opened(link).finally(() => signal?.removeEventListener('abort', onAbort));
    // Callers of connect() get the failure. If nobody waits, it must not become an unhandled rejection.
    link.opened.catch(() => undefined);
    this.updateStatus(link);
    return link.opened;
  }

  async #opened(link: AdapterLink): Promise<void> {
    try {
      await link.whileOpen(async () => this.#closing);
      link.throwIfClosed();
      link.opening = (async () => this.#options.open(link))();
      await link.whileOpen(async () => link.opening);
      link.throwIfClosed();
    } catch (error) {
      if (!link.reason) this.#fail(link, this.failure('connect()', error));
      await link.closing;
      throw link.reason!;
    }
    link.restored();
  }

  #fail(link: AdapterLink, error: TickmarkError): void {
    this.#options.broadcast.endReaders(error);
    this.#close(link, error, { state: 'failed', error });
  }

  #close(link: AdapterLink, reason: TickmarkError, status: StreamStatus): void {
    if (link.reason) return;
    const { broadcast, symbols } = this.#options;
    this.#link = undefined;
    symbols.clear();
    broadcast.messages.cancelDelivery();
    link.close(reason);
    broadcast.stopReaders();
    const closing = Promise.all([this.#closing, this.#release(link)]).then(() => {
      if (this.#closing === closing) this.#closing = undefined;
    });
    link.closing = closing;
    this.#closing = closing;
    this.#setStatus(status);
  }

  async #release({ opening }: AdapterLink): Promise<void> {
    if (!opening) return;
    const { name, clock, closeTimeoutMs, broadcast, close } = this.#options;
    const closed = opening.catch(() => undefined).then(() => close());
    await new BoundedCalls(clock, closeTimeoutMs)
      .run(`${name}: closing the link`, () => closed)
      .catch((error: unknown) => broadcast.report(this.failure('closing the link', error)));
  }

  #setStatus(status: StreamStatus): void {
    if (isSame(this.#status, status)) return;
    this.#status = status;
    this.#options.broadcast.statuses.emit(status);
  }

  #closedError(): TickmarkError {
    return new TickmarkError('CLOSED', `${this.#options.name} was disconnected.`);
  }
}

/** Whether listeners know of a status already. Each attempt to reconnect, and each failure, is another one. */
function isSame(one: StreamStatus, other: StreamStatus): boolean {
  if (one.state !== other.state || one.state === 'reconnecting' || one.state === 'failed')
    return one === other;
  if (one.state !== 'degraded' || other.state !== 'degraded') return true;
  const { symbols } = other;
  return one.symbols.length === symbols.length && one.symbols.every((symbol, at) => symbol === symbols[at]);
}
