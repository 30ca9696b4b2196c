'use client';

import { useState } from 'react';
import { PriceFlash, type FlashSnapshot, type FlashSource, type PriceFlashOptions } from '../client/index.js';
import { nextFlash } from '../client/price-flash.js';

/**
 * How to show the changes of a value; see {@link PriceFlash}. Takes a view of `usePrice()`, or a number with the id of what it belongs
 * to: for another symbol or portfolio nothing flashes. `options` are read once.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { usePrice, usePriceFlash } from 'tickmark/react';
 *
 * export function Price({ symbol }: { symbol: string }): ReactElement {
 *   const price = usePrice(symbol);
 *   const { glyph, animation } = usePriceFlash(price);
 *   return createElement('span', { style: { animationName: animation ?? 'none' } }, `${price.value?.price ?? '–'} ${glyph}`);
 * }
 * ```
 */
export function usePriceFlash(
  source: FlashSource | null | undefined,
  options?: PriceFlashOptions,
): FlashSnapshot {
  const [flash] = useState(() => new PriceFlash(options));
  // The same value gives the same result, so rendering may call this as often as it likes.
  return nextFlash(flash, source);
}
