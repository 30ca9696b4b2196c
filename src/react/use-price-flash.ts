'use client';

import { useState } from 'react';
import { PriceFlash, type DecimalText, type FlashSnapshot, type PriceFlashOptions } from '../client/index.js';

/**
 * How to show the changes of a value; see {@link PriceFlash}. `options` are read once.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { usePrice, usePriceFlash } from 'tickmark/react';
 *
 * export function Price({ symbol }: { symbol: string }): ReactElement {
 *   const price = usePrice(symbol).value?.price;
 *   const { glyph, animation } = usePriceFlash(price);
 *   return createElement('span', { style: { animationName: animation ?? 'none' } }, `${price ?? '–'} ${glyph}`);
 * }
 * ```
 */
export function usePriceFlash(
  value: DecimalText | null | undefined,
  options?: PriceFlashOptions,
): FlashSnapshot {
  const [flash] = useState(() => new PriceFlash(options));
  // The same value gives the same result, so rendering may call this as often as it likes.
  return flash.next(value ?? null);
}
