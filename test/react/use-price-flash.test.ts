import { useState } from 'react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { FlashSnapshot, FlashSource } from 'tickmark/client';
import { usePriceFlash } from 'tickmark/react';

/** What one component shows for one source after the other: React renders it again for each, within one rendering of the page. */
function shown(sources: readonly (FlashSource | null)[]): FlashSnapshot[] {
  const snapshots: FlashSnapshot[] = [];
  renderToString(
    createElement(function Row() {
      const [step, setStep] = useState(0);
      snapshots[step] = usePriceFlash(sources[step], { reducedMotion: () => false });
      if (step < sources.length - 1) setStep(step + 1);
      return null;
    }),
  );
  return snapshots;
}

const STILL = { direction: null, glyph: '', sign: '', animation: null };
const UP = { direction: 'up', glyph: '▲', sign: '+', animation: 'up-0' };

describe('usePriceFlash()', () => {
  it('flashes when the number of an id changes, and that of a price', () => {
    const desk = (value: string | null) => ({ id: 'desk', value });
    expect(shown([desk(null), desk('1'), desk('2'), desk('2')])).toEqual([STILL, STILL, UP, UP]);
    const row = (price: string) => ({ id: 'A', value: { price } });
    expect(shown([row('1'), row('2')])).toEqual([STILL, UP]);
  });

  it.each([[null], [{ id: 'B', value: null }], [{ id: 'B', value: '900' }]])(
    'stands still when another symbol is chosen, with %j meanwhile',
    (between) => {
      const sources = [{ id: 'A', value: '1' }, { id: 'A', value: '2' }, between, { id: 'B', value: '900' }];
      expect(shown(sources)).toEqual([STILL, UP, STILL, STILL]);
    },
  );
});
