import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import { PriceFlash, type DecimalText, type FlashSnapshot, type PriceFlashOptions } from '../client/index.js';

/**
 * How to show the changes of a value; see {@link PriceFlash}.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue';
 * import { usePrice, usePriceFlash } from 'tickmark/vue';
 *
 * export const Price = defineComponent(() => {
 *   const price = usePrice('ACME');
 *   const flash = usePriceFlash(() => price.value.value?.price);
 *   return () =>
 *     h('span', { style: { animationName: flash.value.animation ?? 'none' } }, [
 *       price.value.value?.price ?? '–',
 *       flash.value.glyph,
 *     ]);
 * });
 * ```
 */
export function usePriceFlash(
  value: MaybeRefOrGetter<DecimalText | null | undefined>,
  options?: PriceFlashOptions,
): ComputedRef<FlashSnapshot> {
  const flash = new PriceFlash(options);
  return computed(() => flash.next(toValue(value) ?? null));
}
