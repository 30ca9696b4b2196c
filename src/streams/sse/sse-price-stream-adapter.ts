import { checkDelay, type Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { systemRandom } from '../../core/random.js';
import { ContentCounts } from '../connection/content-counts.js';
import { GapTracker } from '../connection/gap-tracker.js';
import { checkHttpAddress, platformFetch } from '../connection/http-fetch.js';
import { readDeadlines, type ReadyDeadlines } from '../connection/link-deadlines.js';
import { SymbolFreshness } from '../connection/symbol-freshness.js';
import { acceptedSymbols, type SymbolRefusedError } from '../connection/symbol-refused-error.js';
import { EventStreamLink } from './event-stream-link.js';
import { EventStreamTransport, type EventStreamTarget } from './event-stream-transport.js';
import { GatheringPriceStreamAdapter } from './gathering-price-stream-adapter.js';
import {
  checkEventLength,
  checkFeed,
  type SsePriceStreamAdapterOptions,
  type SseStats,
} from './sse-options.js';
import {
  SseProtocolHandler,
  type OpenRequest,
  type SseProtocolHost,
  type SseProtocolOptions,
} from './sse-protocol-handler.js';

const EVENT_LENGTH = 1_048_576;
const SILENCE_MS = 45_000;

/**
 * Prices from server-sent events over `fetch`, in Node and in browsers, with headers. Whatever happens to the stream, it is opened
 * again, going on from the last event id, with a gap before its prices that says since when they were missing.
 *
 * ```ts
 * const stream = new SsePriceStreamAdapter({ feed: eastmoneyPush2() });
 * stream.onMessage((message) => console.log(message));
 * await stream.connect();
 * await stream.subscribe(['600519', '000001']);
 * ```
 *
 * - A feed whose address names its symbols has no stream before the first `subscribe()`. A change of symbols opens a new stream
 *   and drops the old one when the new one is up: a price may come twice, none is lost.
 * - What opens a stream tries once: `connect()` or the first `subscribe()` rejects with why it cannot be had. Later failures are tried
 *   again until `disconnect()`, unless trying cannot help: status 401 or 403 (`UNAUTHORIZED`), 204, an answer that is no event
 *   stream. Then the status is `failed`.
 * - 429 and 503 with `Retry-After`, and `retry:` of the stream, are the least wait (`retry:` up to 5 minutes).
 * - A stream that is silent for `silenceMs` of its feed is given up, a quarter of that later at the latest.
 * - `stats()` accounts for every event.
 */
export class SsePriceStreamAdapter extends GatheringPriceStreamAdapter {
  readonly #options: SsePriceStreamAdapterOptions;
  readonly #deadlines: ReadyDeadlines;
  readonly #transport: EventStreamTransport;
  readonly #counts = new ContentCounts();
  readonly #freshness: SymbolFreshness | undefined;
  readonly #refused = new Map<string, string>();
  readonly #gatherMs: number;
  readonly #namesSymbols: boolean;
  readonly #talkOptions: SseProtocolOptions;
  #gaps: GapTracker;
  #link: PriceStreamLink | undefined;
  /** The stream that prices come from. */
  #carrier: EventStreamLink | undefined;
  /** The stream that is to take over. */
  #next: EventStreamLink | undefined;
  #talk: SseProtocolHandler | undefined;
  #lastCover: Promise<void> = Promise.resolve();
  #coverTimer: Timer | undefined;
  #lastEventId = '';
  #isDown = false;
  #bytes = 0;
  #reconnects = 0;
  #reopened = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: SsePriceStreamAdapterOptions) {
    checkFeed(options.feed);
    const { feed, freshness, gatherMs = 5, maxEventLength = EVENT_LENGTH, fetch = platformFetch } = options;
    checkDelay(gatherMs, 'SsePriceStreamAdapter: gatherMs');
    const namesSymbols = typeof feed.url === 'function';
    const { maxSymbols } = feed;
    super(
      { ...options, ...(maxSymbols !== undefined && { maxSymbols }) },
      namesSymbols ? gatherMs : undefined,
    );
    checkEventLength(maxEventLength);
    this.#options = options;
    this.#deadlines = readDeadlines('SsePriceStreamAdapter: deadlines', options.deadlines);
    this.#transport = new EventStreamTransport(fetch, this.clock);
    this.#freshness = freshness && new SymbolFreshness({ ...freshness, clock: this.clock });
    this.#gatherMs = gatherMs;
    this.#namesSymbols = namesSymbols;
    this.#talkOptions = {
      feed,
      clock: this.clock,
      counts: this.#counts,
      maxEventLength,
      dataMs: this.#deadlines.data,
      host: this.#talkHost,
    };
    this.#gaps = new GapTracker(this.clock);
  }

  /** Counters so far. */
  override stats(): SseStats {
    return {
      ...super.stats(),
      ...this.#counts.stats(),
      bytes: this.#bytes,
      reconnects: this.#reconnects,
      reopened: this.#reopened,
      refused: Object.fromEntries(this.#refused),
      stale: this.#freshness?.stale() ?? [],
    };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    this.#link = link;
    this.#isDown = false;
    this.#lastEventId = '';
    this.#gaps = new GapTracker(this.clock);
    const stop = (): void => {
      for (const stream of [this.#carrier, this.#next]) stream?.stop(link.signal.reason as TickmarkError);
    };
    link.signal.addEventListener('abort', stop, { once: true });
    if (!this.#namesSymbols) await this.#open(link);
  }

  protected override closeLink(): void {
    this.#coverTimer?.clear();
    this.#coverTimer = this.#link = this.#carrier = this.#next = this.#talk = undefined;
    this.#freshness?.stop();
  }

  protected override async addSymbols(symbols: readonly string[]): Promise<void> {
    const accepted = acceptedSymbols(this.#options.feed, symbols, (error) => this.#refuse(error));
    await this.#cover();
    this.#freshness?.watch(accepted);
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    this.#freshness?.unwatch(symbols);
    // Not waited for: what still comes is dropped on delivery.
    this.#coverSoon();
  }

  #coverSoon(): void {
    this.#coverTimer ??= this.clock.setTimer(() => {
      this.#cover().catch((error: unknown) => {
        if (error instanceof TickmarkError && error.code !== 'CLOSED') this.reportError(error);
      });
    }, this.#gatherMs);
  }

  /** Sees to a stream for the symbols that are subscribed, after earlier calls have. */
  #cover(): Promise<void> {
    this.#coverTimer?.clear();
    this.#coverTimer = undefined;
    const cover = this.#lastCover.then(() => this.#coverNow());
    this.#lastCover = cover.catch(() => undefined);
    return cover;
  }

  async #coverNow(): Promise<void> {
    const link = this.#link;
    if (!link || !this.#namesSymbols) return;
    if (this.#symbols().length === 0) return this.#drop(link);
    // While the stream is down, the next request names what is subscribed by then; one on its way does not.
    const isOnItsWay = this.#carrier !== undefined && this.#carrier.connections.length > 0;
    if (this.#isCovered() || (this.#isDown && !isOnItsWay)) return;
    try {
      await this.#open(link);
    } catch (error) {
      if (!this.#carrier && error instanceof TickmarkError && !error.retryable) link.fail(error);
      // Of itself, the stream that broke meanwhile will ask for the new symbols, too.
      if (!this.#isDown) throw error;
    }
  }

  #refuse(error: SymbolRefusedError): void {
    this.#refused.set(error.symbol, error.reason);
    this.reportError(error);
    // In turn: a subscribe() that is under way ends first.
    void this.unsubscribe([error.symbol]).catch(() => undefined);
  }

  /** Symbols to ask for: a refused one is taken off in its turn. */
  #symbols(): readonly string[] {
    return this.getSubscribedSymbols().filter((symbol) => !this.#refused.has(symbol));
  }

  #isCovered(): boolean {
    const wanted = this.#symbols();
    const covered = new Set(this.#carrier?.request?.symbols);
    return covered.size === wanted.length && wanted.every((symbol) => covered.has(symbol));
  }

  #drop(link: PriceStreamLink): void {
    this.#carrier?.stop(new TickmarkError('CLOSED', 'No symbol is left on the stream.'));
    this.#carrier = this.#talk = undefined;
    this.#lastEventId = '';
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#gaps.end([], false);
    link.restored();
  }

  /** Opens a stream, which takes over as soon as it is up. */
  async #open(link: PriceStreamLink): Promise<void> {
    const { feed, backoff, hints, random = systemRandom } = this.#options;
    const { silenceMs = SILENCE_MS, connectionLifeMs } = feed;
    const stream: EventStreamLink = new EventStreamLink({
      clock: this.clock,
      random,
      backoff,
      hints,
      transport: this.#transport,
      deadlines: this.#deadlines,
      heartbeat: { silenceMs },
      lifeMs: connectionLifeMs,
      lingerMs: 0,
      target: (signal) => this.#target(stream, signal),
      talk: (connection) =>
        (stream.talk = new SseProtocolHandler(this.#talkOptions, connection, stream.request!)),
      host: {
        up: () => this.#up(stream, link),
        down: ({ wasSilent }) => this.#gaps.begin(wasSilent ? 'silence' : 'disconnect'),
        retrying: (attempt, delayMs, error) => {
          this.#isDown = true;
          link.reconnecting(attempt, this.clock.now() + delayMs);
          this.reportError(error);
        },
        failed: (error) => link.fail(error),
        notReplaced: (error) => this.reportError(error),
      },
    });
    this.#next = stream;
    try {
      await stream.start();
    } finally {
      if (this.#next === stream) this.#next = undefined;
    }
  }

  async #target(stream: EventStreamLink, signal: AbortSignal): Promise<EventStreamTarget> {
    const { url: address, headers: given } = this.#options.feed;
    const symbols = this.#symbols();
    const request: OpenRequest = { symbols, signal, lastEventId: this.#lastEventId };
    stream.request = request;
    const [url, headers] = await Promise.all([
      typeof address === 'function' ? address(request) : address,
      typeof given === 'function' ? given(request) : given,
    ]);
    checkHttpAddress('SsePriceStreamAdapter: feed.url', url);
    const { lastEventId } = request;
    return { url, ...(headers && { headers }), lastEventId, unusable: (why) => (request.fault = why) };
  }

  #up(stream: EventStreamLink, link: PriceStreamLink): void {
    const old = this.#carrier;
    const wasUp = old !== undefined && !this.#isDown;
    this.#carrier = stream;
    this.#talk = stream.talk;
    if (old !== stream) old?.stop(new TickmarkError('CLOSED', 'Another stream took over.'));
    if (wasUp) this.#reopened++;
    if (this.#isDown) this.#resume(link);
    else this.#gaps.seen();
    if (this.#namesSymbols && !this.#isCovered()) this.#coverSoon();
  }

  #resume(link: PriceStreamLink): void {
    this.#isDown = false;
    this.#reconnects++;
    link.restored();
    const gap = this.#gaps.end(this.getSubscribedSymbols(), this.#options.feed.recovers ?? false);
    if (gap) link.deliver(gap);
  }

  // A talk that was replaced is heard no more, or older prices could follow newer ones.
  readonly #talkHost: SseProtocolHost = {
    seen: (talk, bytes, at) => {
      this.#bytes += bytes;
      if (talk === this.#talk) this.#gaps.seen(at);
    },
    update: (talk, update) => {
      if (talk !== this.#talk) return;
      this.#freshness?.seen(update.symbol);
      this.#link?.deliver(update);
    },
    lastEventId: (talk, id) => {
      if (talk === this.#talk) this.#lastEventId = id;
    },
    retry: (talk, ms) => {
      if (talk === this.#talk) this.#carrier?.askedToWait(ms);
    },
  };
}
