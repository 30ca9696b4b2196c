import type { Clock, Timer } from '../../core/clock.js';

/** Options of {@link Watchdog}. */
export interface WatchdogOptions {
  /** Time. */
  readonly clock: Clock;
  /** Sends a ping; absent where none can be sent, which leaves only `silenceMs`. */
  readonly ping?: (() => void) | undefined;
  /** Time between pings, in ms. Default 1,000. */
  readonly intervalMs?: number | undefined;
  /** Silence after which a link that had two pings is dead, in ms. Default twice the interval. */
  readonly silenceMs?: number | undefined;
  /** The link is dead: nothing has come for so many ms. */
  readonly onDead: (silentMs: number) => void;
  /** Frames come but pings stay unanswered: what we send may not arrive. Told once. */
  readonly onDeaf?: ((unansweredMs: number) => void) | undefined;
}

const MISSES = 2;
const LOOKS_PER_INTERVAL = 4;

/**
 * Tells a dead link from a quiet one: any frame is a sign of life, a ping asks for one. With a ping a second, death is found
 * 2 to 2.25 s after the last sign.
 *
 * A judgement is never made on what the clock says alone. A look that finds silence waits until I/O that is ready has had
 * its turn, and needs two pings without an answer: so an event loop that was blocked, or a timer that a hidden browser tab
 * held back for a minute, is no death.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #intervalMs: number;
  readonly #silenceMs: number;
  readonly #lookMs: number;
  #timer: Timer | undefined;
  #hasSign = false;
  #lastSign = 0;
  #lastPing = 0;
  #pingsSinceSign = 0;
  #hasPong = false;
  // NaN until the first one: a venue that never answers pings is not deaf for it.
  #lastPong = NaN;
  #pingsSincePong = 0;
  #isDeafTold = false;

  constructor(options: WatchdogOptions) {
    const { ping, intervalMs = 1000, silenceMs = ping ? MISSES * intervalMs : Infinity } = options;
    this.#options = options;
    this.#intervalMs = intervalMs;
    this.#silenceMs = silenceMs;
    this.#lookMs = (ping ? intervalMs : silenceMs) / LOOKS_PER_INTERVAL;
  }

  /** Begins. */
  start(): void {
    const now = this.#options.clock.monotonic();
    this.#lastSign = now;
    this.#schedule();
    // At once, to learn early whether pings are answered.
    if (this.#options.ping) this.#ping(now);
  }

  /** Something has come. Cheap enough for every frame: the clock is not read. */
  sign(): void {
    this.#hasSign = true;
  }

  /** A ping was answered. */
  pong(): void {
    this.#hasSign = true;
    this.#hasPong = true;
  }

  /** Pings at once: something hints that the link may be dead. */
  probe(): void {
    if (this.#timer && this.#options.ping) this.#ping(this.#options.clock.monotonic());
  }

  /** Ends; leaves no timer. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#lookMs === Infinity) return;
    this.#timer = this.#options.clock.setTimer(() => this.#look(), this.#lookMs);
  }

  #look(): void {
    const { clock, ping } = this.#options;
    const now = clock.monotonic();
    this.#dateSigns(now);
    // A timer may fire a little early.
    if (ping && now - this.#lastPing >= this.#intervalMs - 1) this.#ping(now);
    if (!this.#isSilent(now) && !this.#isDeaf(now)) return this.#schedule();
    this.#timer = clock.defer(() => this.#judge());
  }

  #judge(): void {
    const { clock, onDead, onDeaf } = this.#options;
    const now = clock.monotonic();
    this.#dateSigns(now);
    if (this.#isSilent(now)) {
      this.stop();
      return onDead(now - this.#lastSign);
    }
    this.#schedule();
    if (!this.#isDeaf(now) || this.#isDeafTold) return;
    this.#isDeafTold = true;
    onDeaf?.(now - this.#lastPong);
  }

  /**
   * What has come since the last look came at the earliest one look ago, however late this look is. Pings are given that time,
   * so that death is found soon; a limit of silence is not, so that it is kept in full.
   */
  #dateSigns(now: number): void {
    if (!this.#hasSign) return;
    this.#hasSign = false;
    this.#pingsSinceSign = 0;
    this.#lastSign = this.#options.ping ? now - this.#lookMs : now;
    if (!this.#hasPong) return;
    this.#hasPong = false;
    this.#isDeafTold = false;
    this.#pingsSincePong = 0;
    this.#lastPong = this.#lastSign;
  }

  #ping(now: number): void {
    this.#lastPing = now;
    this.#pingsSinceSign++;
    this.#pingsSincePong++;
    this.#options.ping!();
  }

  #isSilent(now: number): boolean {
    return now - this.#lastSign >= this.#silenceMs && (!this.#options.ping || this.#pingsSinceSign >= MISSES);
  }

  /** Only while frames come: a link that is falling silent is on its way to be dead. */
  #isDeaf(now: number): boolean {
    if (this.#isDeafTold || this.#pingsSincePong < MISSES) return false;
    return now - this.#lastPong >= this.#silenceMs && now - this.#lastSign <= 2 * this.#lookMs;
  }
}
