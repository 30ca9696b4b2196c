import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import { PriceFlash, type FlashSnapshot, type FlashSource, type PriceFlashOptions } from '../client/index.js';
import { nextFlash } from '../client/price-flash.js';

/**
 * How to show the changes of a value; see {@link PriceFlash}. Takes a view of `usePrice()`, or a number with the id of what it belongs
 * to: for another symbol or portfolio nothing flashes.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue';
 * import { usePrice, usePriceFlash } from 'tickmark/vue';
 *
 * export const Price = defineComponent(() => {
 *   const price = usePrice('ACME');
 *   const flash = usePriceFlash(price);
 *   return () =>
 *     h('span', { style: { animationName: flash.value.animation ?? 'none' } }, [
 *       price.value.value?.price ?? '–',
 *       flash.value.glyph,
 *     ]);
 * });
 * ```
 */
export function usePriceFlash(
  source: MaybeRefOrGetter<FlashSource | null | undefined>,
  options?: PriceFlashOptions,
): ComputedRef<FlashSnapshot> {
  const flash = new PriceFlash(options);
  return computed(() => nextFlash(flash, toValue(source)));
}
