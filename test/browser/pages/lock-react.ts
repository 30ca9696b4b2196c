import { createElement, type ReactElement } from 'react';
import { usePrice, usePriceFlash } from 'tickmark/react';

/** A button that a price unlocks; rendered on a server first. */
export function Lock(): ReactElement {
  const price = usePrice('LOCK');
  const { glyph } = usePriceFlash(price);
  const isWaiting = price.state === 'loading';
  const text = `${price.value?.price ?? 'loading'}${glyph}`;
  return createElement(
    'button',
    { className: price.state, disabled: isWaiting, 'aria-busy': isWaiting },
    text,
  );
}
