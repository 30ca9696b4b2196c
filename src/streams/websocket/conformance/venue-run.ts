import type { PriceUpdate } from '../../../core/prices/price-update.js';
import { DecodingCounts, type DecodingStats } from '../../connection/decoding-counts.js';
import type { Venue } from '../venue.js';
import type { VenueSession, VenueSink } from '../venue-session.js';
import { keepRaw } from '../../../core/keep-raw.js';

/** A call that a session made of its sink. */
export type VenueReport =
  | { readonly kind: 'update'; readonly update: PriceUpdate }
  | { readonly kind: 'ready' }
  | { readonly kind: 'confirmed'; readonly symbols: readonly string[] }
  | { readonly kind: 'refused'; readonly symbol: string; readonly reason: string }
  | { readonly kind: 'gap'; readonly symbols: readonly string[] | undefined }
  | { readonly kind: 'rotate' | 'broken'; readonly why: string }
  | { readonly kind: 'fatal'; readonly code: string; readonly message: string }
  | { readonly kind: 'sent'; readonly text: string };

/**
 * One connection of a venue without a network, for tests of a venue: frames go in, reports come out.
 *
 * @example
 * ```ts
 * import { VenueRun, kraken } from 'tickmark/websocket';
 *
 * const run = new VenueRun(kraken(), Date.now());
 * run.receive('{"channel":"heartbeat"}');
 * console.log(run.reports, run.stats().control); // [], { heartbeat: 1 }
 * ```
 */
export class VenueRun implements VenueSink {
  static {
    keepRaw(this);
  }

  /** Calls of the sink so far, in order. */
  readonly reports: VenueReport[] = [];
  /** The session under test. */
  readonly session: VenueSession;
  readonly #counts = new DecodingCounts();
  readonly #isBinary: boolean;
  #now: number;

  /** @param now Time at the start, ms since 1970. */
  constructor(venue: Venue, now: number) {
    this.#now = now;
    this.#isBinary = venue.encoding === 'binary';
    this.session = venue.open(this);
  }

  /**
   * Passes a frame to the session, as received at `at`, ms since 1970. Default: the time of the frame before. Bytes are decoded as UTF-8,
   * unless the encoding of the venue is `binary`; those of a compressed frame must be decompressed before.
   */
  receive(data: string | Uint8Array, at = this.#now): void {
    this.#now = at;
    this.#counts.received(data.length);
    const frame = typeof data === 'string' || this.#isBinary ? data : new TextDecoder().decode(data);
    this.#counts.explain(() => this.session.receive(frame as string, at));
  }

  /** Counters so far. */
  stats(): DecodingStats & { readonly frames: number } {
    return { ...this.#counts.stats(), frames: this.#counts.frames };
  }

  /** Calls so far that account for a frame: all but `send()` and `secret()`. */
  get explained(): number {
    return this.#counts.explained;
  }

  /** Copies of the prices so far. */
  get prices(): PriceUpdate[] {
    return this.reports.flatMap((each) => (each.kind === 'update' ? [each.update] : []));
  }

  now(): number {
    return this.#now;
  }

  update(update: PriceUpdate): void {
    if (this.#counts.accepts(update)) this.reports.push({ kind: 'update', update: { ...update } });
  }

  control(kind: string): void {
    this.#counts.control(kind);
  }

  rejected(reason: string): void {
    this.#counts.rejected(reason);
  }

  ready(): void {
    this.#report({ kind: 'ready' });
  }

  confirmed(symbols: readonly string[]): void {
    this.#report({ kind: 'confirmed', symbols: [...symbols] });
  }

  refused(symbol: string, reason: string): void {
    this.#report({ kind: 'refused', symbol, reason });
  }

  gap(symbols?: readonly string[]): void {
    this.#report({ kind: 'gap', symbols });
  }

  rotate(why: string): void {
    this.#report({ kind: 'rotate', why });
  }

  broken(why: string): void {
    this.#report({ kind: 'broken', why });
  }

  fatal(code: string, message: string): void {
    this.#report({ kind: 'fatal', code, message });
  }

  send(text: string): void {
    this.reports.push({ kind: 'sent', text });
  }

  secret(): void {}

  #report(report: VenueReport): void {
    this.#counts.control(report.kind);
    this.reports.push(report);
  }
}
