import { describe, expect, it } from 'vitest';
import { reactive, ref } from 'vue';
import type { FlashSource, PriceView } from 'tickmark/client';
import { usePriceFlash } from 'tickmark/vue';
import { priceValue } from '../client/messages.js';

const STILL = { direction: null, glyph: '', sign: '', animation: null };
const moving = { reducedMotion: () => false };
const view = (id: string, price: string | null): PriceView =>
  price === null
    ? { id, state: 'loading', reason: null, value: null }
    : { id, state: 'ready', reason: null, value: priceValue(id, price) };

describe('usePriceFlash()', () => {
  it('flashes when the price of a view changes', () => {
    const price = ref(view('A', null));
    const flash = usePriceFlash(price, moving);
    expect(flash.value).toEqual(STILL);
    price.value = view('A', '2');
    expect(flash.value).toEqual(STILL);
    price.value = view('A', '3');
    expect(flash.value).toEqual({ direction: 'up', glyph: '▲', sign: '+', animation: 'up-0' });
  });

  it('flashes when a number with an id changes', () => {
    const source = reactive<{ id: string; value: string | null }>({ id: 'desk', value: '9' });
    const flash = usePriceFlash(() => source, moving);
    expect(flash.value).toEqual(STILL);
    source.value = '8';
    expect(flash.value).toEqual({ direction: 'down', glyph: '▼', sign: '−', animation: 'down-0' });
  });

  it.each([
    ['at once', (id: string) => view(id, '900')],
    ['after it was loading', (id: string) => view(id, null)],
    ['without an id meanwhile', () => null],
  ])('stands still when another symbol is chosen, %s', (_, between) => {
    const source = ref<FlashSource | null>(view('A', '1'));
    const flash = usePriceFlash(source, moving);
    expect(flash.value).toEqual(STILL);
    source.value = view('A', '2');
    expect(flash.value.animation).toBe('up-0');
    source.value = between('B');
    expect(flash.value).toEqual(STILL);
    source.value = view('B', '900');
    expect(flash.value).toEqual(STILL);
    source.value = view('B', '899');
    expect(flash.value.direction).toBe('down');
  });
});
