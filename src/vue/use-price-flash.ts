import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import { PriceFlash, type DecimalText, type FlashSnapshot, type PriceFlashOptions } from '../client/index.js';

/** How changes of a value are to be shown; see {@link PriceFlash}. */
export function usePriceFlash(
  value: MaybeRefOrGetter<DecimalText | null | undefined>,
  options?: PriceFlashOptions,
): ComputedRef<FlashSnapshot> {
  const flash = new PriceFlash(options);
  return computed(() => flash.next(toValue(value) ?? null));
}
