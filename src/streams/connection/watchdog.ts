import type { Clock, Timer } from '../../core/clock.js';

/** Options of {@link Watchdog}. */
export interface WatchdogOptions {
  /** Time. */
  readonly clock: Clock;
  /** Sends a ping. Leave it out where none can be sent; then only `silenceMs` counts. */
  readonly ping?: (() => void) | undefined;
  /** Time between pings, in ms. Default 1,000. */
  readonly intervalMs?: number | undefined;
  /** Silence after which the link is dead, in ms; with pings, two must be unanswered as well. Default twice the interval. */
  readonly silenceMs?: number | undefined;
  /** The link is dead: nothing has come for `silentMs`. */
  readonly onDead: (silentMs: number) => void;
  /** Frames come, but pings are not answered: what we send may not arrive. Called once. */
  readonly onPingsUnanswered?: ((unansweredMs: number) => void) | undefined;
}

const MISSED_PINGS = 2;
const CHECKS_PER_INTERVAL = 4;

/**
 * Detects a dead link: any frame shows that it is alive, and a ping asks for one. With a ping a second, a dead link is detected
 * 2 to 2.25 s after the last frame.
 *
 * The clock alone never decides. A check that finds silence lets pending I/O run first, and needs two unanswered pings. So a blocked
 * event loop, or a timer that a hidden browser tab delayed by a minute, does not make a link dead.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #intervalMs: number;
  readonly #silenceMs: number;
  readonly #checkMs: number;
  #timer: Timer | undefined;
  #hasActivity = false;
  #lastActivity = 0;
  #lastPing = 0;
  #pingsSinceActivity = 0;
  #hasPong = false;
  // NaN until the first pong: a venue that never answers pings is not reported.
  #lastPong = NaN;
  #pingsSincePong = 0;
  #hasReportedPings = false;

  constructor(options: WatchdogOptions) {
    const { ping, intervalMs = 1000, silenceMs = ping ? MISSED_PINGS * intervalMs : Infinity } = options;
    this.#options = options;
    this.#intervalMs = intervalMs;
    this.#silenceMs = silenceMs;
    this.#checkMs = (ping ? intervalMs : silenceMs) / CHECKS_PER_INTERVAL;
  }

  /** Starts the timer and sends the first ping. */
  start(): void {
    const now = this.#options.clock.monotonic();
    this.#lastActivity = now;
    this.#schedule();
    // At once, to find out early whether pings are answered.
    if (this.#options.ping) this.#ping(now);
  }

  /** Something has come. Cheap enough for every frame: it does not read the clock. */
  activity(): void {
    this.#hasActivity = true;
  }

  /** A ping was answered. */
  pong(): void {
    this.#hasActivity = true;
    this.#hasPong = true;
  }

  /** Sends a ping at once, on a hint that the link may be dead. */
  probe(): void {
    if (this.#timer && this.#options.ping) this.#ping(this.#options.clock.monotonic());
  }

  /** Clears the timer. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#checkMs === Infinity) return;
    this.#timer = this.#options.clock.setTimer(() => this.#check(), this.#checkMs);
  }

  #check(): void {
    const { clock, ping } = this.#options;
    const now = clock.monotonic();
    this.#dateActivity(now);
    // A timer may fire a little early.
    if (ping && now - this.#lastPing >= this.#intervalMs - 1) this.#ping(now);
    if (!this.#isSilent(now) && !this.#hasUnansweredPings(now)) return this.#schedule();
    this.#timer = clock.defer(() => this.#decide());
  }

  #decide(): void {
    const { clock, onDead, onPingsUnanswered } = this.#options;
    const now = clock.monotonic();
    this.#dateActivity(now);
    if (this.#isSilent(now)) {
      this.stop();
      return onDead(now - this.#lastActivity);
    }
    this.#schedule();
    if (!this.#hasUnansweredPings(now) || this.#hasReportedPings) return;
    this.#hasReportedPings = true;
    onPingsUnanswered?.(now - this.#lastPong);
  }

  /**
   * Frames since the last check came at the earliest one check interval ago. With pings that earliest time counts, so that a dead
   * link is detected soon; without, the present time counts, so that `silenceMs` passes in full.
   */
  #dateActivity(now: number): void {
    if (!this.#hasActivity) return;
    this.#hasActivity = false;
    this.#pingsSinceActivity = 0;
    this.#lastActivity = this.#options.ping ? now - this.#checkMs : now;
    if (!this.#hasPong) return;
    this.#hasPong = false;
    this.#hasReportedPings = false;
    this.#pingsSincePong = 0;
    this.#lastPong = this.#lastActivity;
  }

  #ping(now: number): void {
    this.#lastPing = now;
    this.#pingsSinceActivity++;
    this.#pingsSincePong++;
    this.#options.ping!();
  }

  #isSilent(now: number): boolean {
    return (
      now - this.#lastActivity >= this.#silenceMs &&
      (!this.#options.ping || this.#pingsSinceActivity >= MISSED_PINGS)
    );
  }

  /** Only while frames come: a link without frames will soon count as dead. */
  #hasUnansweredPings(now: number): boolean {
    if (this.#hasReportedPings || this.#pingsSincePong < MISSED_PINGS) return false;
    return now - this.#lastPong >= this.#silenceMs && now - this.#lastActivity <= 2 * this.#checkMs;
  }
}
