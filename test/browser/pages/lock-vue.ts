import { defineComponent, h } from 'vue';
import { usePrice, usePriceFlash } from 'tickmark/vue';

/** A button that a price unlocks; rendered on a server first. */
export const Lock = defineComponent(() => {
  const price = usePrice('LOCK');
  const flash = usePriceFlash(price);
  return () => {
    const isWaiting = price.value.state === 'loading';
    const text = `${price.value.value?.price ?? 'loading'}${flash.value.glyph}`;
    return h('button', { class: price.value.state, disabled: isWaiting, 'aria-busy': isWaiting }, text);
  };
});
