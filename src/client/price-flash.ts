import { systemClock, type Clock } from '../core/clock.js';
import type { DecimalText } from '../protocol/values.js';
import { compareDecimals } from './decimal-text.js';

/** How a value that changes is shown. */
export interface FlashSnapshot {
  /** Which way the last change went; `null` before there was one. */
  readonly direction: 'up' | 'down' | null;
  /** `▲`, `▼` or nothing: for those who do not see the color. */
  readonly glyph: '▲' | '▼' | '';
  /** `+`, `−` or nothing. */
  readonly sign: '+' | '−' | '';
  /**
   * Name of the flash for a CSS animation: `up-0`, `up-1`, `down-0` or `down-1`, the digit changing with each flash so that the
   * animation starts anew. `null` while nothing has flashed, and with reduced motion.
   */
  readonly animation: string | null;
}

/** Options of {@link PriceFlash}. */
export interface PriceFlashOptions {
  /** Time. Default: the machine's. */
  readonly clock?: Clock;
  /** Whether the reader wants no motion, asked at each change. Default: what the browser says. */
  readonly reducedMotion?: () => boolean;
}

const STILL: FlashSnapshot = { direction: null, glyph: '', sign: '', animation: null };
/** Most flashes in any second (WCAG 2.2, criterion 2.3.1). */
const MAX_FLASHES = 3;

/**
 * Decides how the changes of one cell are shown: their direction by glyph and sign, not by color alone, and a flash, three times
 * a second at most and never where the reader has asked for less motion. It has no timer: the flash fades by CSS.
 */
export class PriceFlash {
  readonly #clock: Clock;
  readonly #reducedMotion: () => boolean;
  #value: DecimalText | null = null;
  #snapshot = STILL;
  #count = 0;
  #flashedAt: number[] = [];

  constructor({ clock = systemClock, reducedMotion = prefersReducedMotion }: PriceFlashOptions = {}) {
    this.#clock = clock;
    this.#reducedMotion = reducedMotion;
  }

  /**
   * Takes the value as it is now, and says how to show it. With the same value as before the answer is the same, so that it may be
   * asked at each rendering.
   */
  next(value: DecimalText | null): FlashSnapshot {
    const before = this.#value;
    if (value === null || value === before) return this.#snapshot;
    this.#value = value;
    const change = before === null ? 0 : compareDecimals(value, before);
    if (change === 0) return this.#snapshot;
    const isUp = change > 0;
    return (this.#snapshot = {
      direction: isUp ? 'up' : 'down',
      glyph: isUp ? '▲' : '▼',
      sign: isUp ? '+' : '−',
      animation: this.#flash(isUp ? 'up' : 'down'),
    });
  }

  #flash(direction: string): string | null {
    if (this.#reducedMotion()) return null;
    const now = this.#clock.monotonic();
    this.#flashedAt = this.#flashedAt.filter((at) => now - at < 1000);
    // One flash too many: the one that is under way goes on, whichever way this change went.
    if (this.#flashedAt.length >= MAX_FLASHES) return this.#snapshot.animation;
    this.#flashedAt.push(now);
    return `${direction}-${this.#count++ % 2}`;
  }
}

type MatchMedia = (query: string) => { readonly matches: boolean };
let asked: MatchMedia | undefined;
let answer: { readonly matches: boolean } | undefined;

// Browsers take their time to read a query, and keep its answer up to date by themselves.
function prefersReducedMotion(): boolean {
  const { matchMedia } = globalThis as { matchMedia?: MatchMedia };
  if (matchMedia !== asked) answer = (asked = matchMedia)?.('(prefers-reduced-motion: reduce)');
  return answer?.matches === true;
}
