'use client';

import { useState } from 'react';
import { PriceFlash, type DecimalText, type FlashSnapshot, type PriceFlashOptions } from '../client/index.js';

/** How changes of a value are to be shown; see {@link PriceFlash}. `options` are read once. */
export function usePriceFlash(
  value: DecimalText | null | undefined,
  options?: PriceFlashOptions,
): FlashSnapshot {
  const [flash] = useState(() => new PriceFlash(options));
  // Given the same value it gives the same answer, so rendering may ask as often as it likes.
  return flash.next(value ?? null);
}
