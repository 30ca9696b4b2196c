import { systemClock, type Clock } from '../core/clock.js';
import { checkNames } from '../core/option-names.js';
import type { DecimalText, PriceValue } from '../protocol/values.js';
import { compareDecimals } from './decimal-text.js';
import type { MaybeId } from './idle.js';

/**
 * A number that changes, and what it belongs to. A `PriceView` is one, and so is `{ id: 'ACME', value: '101.25' }`.
 */
export interface FlashSource {
  /** Portfolio id, symbol or another name. A number is compared only with earlier ones of the same id. */
  readonly id: MaybeId;
  /** The number, or a price; `null` while it is not known. */
  readonly value: DecimalText | Pick<PriceValue, 'price'> | null | undefined;
}

/** How to show a value that changes. */
export interface FlashSnapshot {
  /** Direction of the last change; `null` before the first one. */
  readonly direction: 'up' | 'down' | null;
  /** `▲`, `▼` or nothing: for readers who do not see the color. */
  readonly glyph: '▲' | '▼' | '';
  /** `+`, `−` or nothing. */
  readonly sign: '+' | '−' | '';
  /**
   * Name of the flash for a CSS animation: `up-0`, `up-1`, `down-0` or `down-1`. The digit changes with each flash, so that the
   * animation restarts. `null` before the first flash, with reduced motion, and for a change in the other direction than the last flash
   * when there have been three flashes within a second. It never shows another direction than `direction`.
   */
  readonly animation: string | null;
}

/** Options of {@link PriceFlash}, and of `usePriceFlash()`. */
export interface PriceFlashOptions {
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Whether the reader prefers reduced motion; called at each change. Default: the browser's setting. */
  readonly reducedMotion?: () => boolean;
}

const STILL: FlashSnapshot = { direction: null, glyph: '', sign: '', animation: null };
const UP = ['up', '▲', '+'] as const;
const DOWN = ['down', '▼', '−'] as const;
/** Most flashes in any second (WCAG 2.2, criterion 2.3.1). */
const MAX_FLASHES = 3;

/**
 * Decides how to show the changes of one value: the direction by glyph and sign, not by color alone, and a flash, at most three times
 * a second and never for readers who prefer reduced motion. It has no timer: CSS fades the flash.
 *
 * @example
 * ```ts
 * import { PriceFlash } from 'tickmark/client';
 *
 * const flash = new PriceFlash();
 * flash.next('101.25');
 * console.log(flash.next('101.50').glyph); // ▲
 * ```
 */
export class PriceFlash {
  readonly #clock: Clock;
  readonly #reducedMotion: () => boolean;
  #id: MaybeId;
  #value: DecimalText | null = null;
  #snapshot = STILL;
  #count = 0;
  #flashedAt: number[] = [];

  /** @throws TickmarkError `INVALID_ARGUMENT` for an unknown option. */
  constructor(options: PriceFlashOptions = {}) {
    checkNames('PriceFlash', 'option', options, { clock: true, reducedMotion: true });
    const { clock = systemClock, reducedMotion = prefersReducedMotion } = options;
    this.#clock = clock;
    this.#reducedMotion = reducedMotion;
  }

  /** @internal Vue keeps the object as it is: a Proxy cannot read private fields. */
  get __v_skip(): true {
    return true;
  }

  /**
   * Takes the current value, and returns how to show it. The same value again gives the same result, so that it may be called at each
   * rendering.
   * @param id What the value belongs to, such as a symbol. With another `id` nothing has changed yet: the first value is shown still.
   */
  next(value: DecimalText | null, id?: MaybeId): FlashSnapshot {
    if (id !== this.#id) {
      this.#id = id;
      this.#value = null;
      this.#snapshot = STILL;
    }
    const before = this.#value;
    if (value === null || value === before) return this.#snapshot;
    this.#value = value;
    const change = before === null ? 0 : compareDecimals(value, before);
    if (change === 0) return this.#snapshot;
    const [direction, glyph, sign] = change > 0 ? UP : DOWN;
    return (this.#snapshot = { direction, glyph, sign, animation: this.#flash(direction) });
  }

  #flash(direction: string): string | null {
    if (this.#reducedMotion()) return null;
    const now = this.#clock.monotonic();
    this.#flashedAt = this.#flashedAt.filter((at) => now - at < 1000);
    if (this.#flashedAt.length < MAX_FLASHES) {
      this.#flashedAt.push(now);
      return `${direction}-${this.#count++ % 2}`;
    }
    // The limit is reached: the last flash continues, unless this change goes the other way.
    return this.#snapshot.direction === direction ? this.#snapshot.animation : null;
  }
}

/** @internal How to show what a source has now. */
export function nextFlash(flash: PriceFlash, source: FlashSource | null | undefined): FlashSnapshot {
  const { id, value } = source ?? {};
  return flash.next((typeof value === 'object' ? value?.price : value) ?? null, id);
}

type MatchMedia = (query: string) => { readonly matches: boolean };
let asked: MatchMedia | undefined;
let answer: { readonly matches: boolean } | undefined;

// Browsers evaluate a media query slowly, and keep its result up to date.
function prefersReducedMotion(): boolean {
  const { matchMedia } = globalThis as { matchMedia?: MatchMedia };
  if (matchMedia !== asked) answer = (asked = matchMedia)?.('(prefers-reduced-motion: reduce)');
  return answer?.matches === true;
}
