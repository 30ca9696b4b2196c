import { Backoff, retryDelay } from '../core/backoff.js';
import { sleep } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import { TickmarkError } from '../core/errors.js';
import type { AccountSnapshot, Fill, FillMessage, FillStream } from '../core/fills/fill-stream.js';
import { fillOfAlpaca, snapshotOfAlpaca, timeOfActivity, type AlpacaActivity } from './alpaca-activity.js';
import { AlpacaApi, PAGE_SIZE } from './alpaca-api.js';
import {
  alpacaSettings,
  type AlpacaFillStreamOptions,
  type AlpacaSettings,
} from './alpaca-fill-stream-options.js';
import { AlpacaUpdates } from './alpaca-updates.js';
import { AnnouncedFills } from './announced-fills.js';
import { keepRaw } from '../core/keep-raw.js';

const LATE_BOUNDS = { firstMs: 250, capMs: 10_000 };
const LATE_TRIES = 12;
const SNAPSHOT_TRIES = 5;

/**
 * The trades of an account at Alpaca. Its stream `trade_updates` says that there is a fill; the fill itself is fetched from the activities of the
 * account, so that it has one id, `alpaca:` and that of the activity. After each connect it fetches what it missed, and delivers a snapshot of the
 * positions.
 *
 * - Dividends, interest, fees and corporate actions are not in the stream: enter them otherwise. So cash is not in the snapshots.
 * - A fill that Alpaca takes back later (`trade_bust`) shows as a difference of the next snapshot.
 * - Prices are in USD, and those of crypto pairs in their second currency.
 * @example
 * ```ts
 * import { AlpacaFillStream } from 'tickmark/fills';
 * import { WebSocket } from 'ws';
 *
 * const stream = new AlpacaFillStream({
 *   account: 'alpaca-paper',
 *   url: 'https://paper-api.alpaca.markets',
 *   key: process.env['ALPACA_KEY'] ?? 'key',
 *   secret: process.env['ALPACA_SECRET'] ?? 'secret',
 *   since: Date.UTC(2026, 0, 1),
 *   WebSocket,
 * });
 * ```
 */
export class AlpacaFillStream implements FillStream {
  static {
    keepRaw(this);
  }

  readonly #settings: AlpacaSettings;
  readonly #api: AlpacaApi;
  readonly #backoff: Backoff;
  readonly #announced = new AnnouncedFills();
  readonly #report: (error: TickmarkError) => void;
  /** Time of the last fill that was processed, ms since 1970. */
  #processedUntil: number;
  /** Ids of the activities of the last fetch, which are processed: the overlap brings them again. */
  #done = new Set<string>();

  /** @throws TickmarkError `INVALID_ARGUMENT`; `MISSING_PACKAGE` on a platform without `WebSocket`. */
  constructor(options: AlpacaFillStreamOptions) {
    this.#settings = alpacaSettings(options);
    const { clock, random, since } = this.#settings;
    this.#backoff = new Backoff({ clock, random });
    this.#api = new AlpacaApi({ ...this.#settings, onPause: (ms) => this.#backoff.retryAfter(ms) });
    this.#report = errorReporter(options);
    this.#processedUntil = since;
  }

  async *read({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<readonly FillMessage[]> {
    while (!signal?.aborted) {
      const updates = this.#connect();
      const onAbort = (): void => updates.close();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        yield* this.#follow(updates, signal);
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof TickmarkError && error.retryable)) throw error;
        updates.close();
        this.#report(error);
        await sleep(this.#settings.clock, this.#backoff.next(), signal).catch(() => undefined);
      } finally {
        signal?.removeEventListener('abort', onAbort);
        updates.close();
      }
    }
  }

  #connect(): AlpacaUpdates {
    const { url, key, secret, WebSocket, clock } = this.#settings;
    const onFill = this.#announced.add.bind(this.#announced);
    return new AlpacaUpdates({
      url: `${url.replace(/^http/, 'ws')}/stream`,
      key,
      secret,
      WebSocket,
      clock,
      onFill,
    });
  }

  // Until the connection ends, which throws.
  async *#follow(
    updates: AlpacaUpdates,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly FillMessage[]> {
    const { timeoutMs, pollMs, random } = this.#settings;
    await updates.ready(timeoutMs);
    this.#backoff.up();
    yield* this.#missed(signal);
    yield* this.#snapshot(signal);
    for (let tries = 0; !signal?.aborted;) {
      this.#backoff.data();
      // An announced fill is among the activities a little later.
      tries = this.#announced.size > 0 ? tries + 1 : 0;
      if (tries > LATE_TRIES) {
        this.#announced.clear();
        tries = 0;
      }
      await updates.news(
        this.#announced.size > 0 ? Math.min(pollMs, retryDelay(tries, LATE_BOUNDS, random)) : pollMs,
      );
      yield* this.#missed(signal);
    }
  }

  // Positions between which and the fills nothing has happened: then they can be compared.
  async *#snapshot(signal: AbortSignal | undefined): AsyncGenerator<readonly FillMessage[]> {
    const { account, clock, symbolOf } = this.#settings;
    for (let tries = 1; ; tries++) {
      const at = clock.now();
      const positions = await this.#api.positions(signal);
      let isQuiet = true;
      for await (const fills of this.#missed(signal)) {
        isQuiet = false;
        yield fills;
      }
      if (!isQuiet && tries < SNAPSHOT_TRIES) continue;
      let snapshot: AccountSnapshot;
      try {
        snapshot = snapshotOfAlpaca(positions, account, at, symbolOf);
      } catch (error) {
        return this.#report(error as TickmarkError);
      }
      yield [snapshot];
      return;
    }
  }

  async *#missed(signal: AbortSignal | undefined): AsyncGenerator<readonly Fill[]> {
    const after = Math.max(0, this.#processedUntil - this.#settings.overlapMs - 1);
    const seen = new Set<string>();
    for (let last: string | null = null; ;) {
      const page: AlpacaActivity[] = await this.#api.fills(after, last, signal);
      const fresh = page.filter(({ id }) => !seen.has(id));
      for (const activity of fresh) {
        this.#announced.came(activity);
        seen.add(activity.id);
      }
      yield* this.#fills(fresh.filter(({ id }) => !this.#done.has(id)));
      if (page.length < PAGE_SIZE || fresh.length === 0) break;
      last = page.at(-1)!.id;
    }
    this.#done = seen;
  }

  *#fills(activities: readonly AlpacaActivity[]): Generator<readonly Fill[]> {
    const { account, symbolOf } = this.#settings;
    const fills = activities.flatMap((activity) => {
      try {
        return [fillOfAlpaca(activity, account, symbolOf)];
      } catch (error) {
        this.#report(error as TickmarkError);
        return [];
      }
    });
    if (fills.length > 0) yield fills;
    for (const activity of activities) {
      const time = timeOfActivity(activity);
      if (time > this.#processedUntil) this.#processedUntil = time;
    }
  }
}
