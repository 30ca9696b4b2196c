import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PriceFlash } from 'tickmark/client';
import { FakeClock } from 'tickmark/conformance';

afterEach(() => vi.unstubAllGlobals());

const rig = (options = {}) => {
  const clock = new FakeClock();
  return { clock, flash: new PriceFlash({ clock, reducedMotion: () => false, ...options }) };
};

describe('a flash', () => {
  it('shows the direction by glyph and sign, not by color alone', () => {
    const { flash } = rig();
    expect(flash.next('10')).toEqual({ direction: null, glyph: '', sign: '', animation: null });
    expect(flash.next('10.5')).toEqual({ direction: 'up', glyph: '▲', sign: '+', animation: 'up-0' });
    expect(flash.next('9')).toEqual({ direction: 'down', glyph: '▼', sign: '−', animation: 'down-1' });
  });

  it('is the same for the same value, however often next() is called', () => {
    const { clock, flash } = rig();
    flash.next('10');
    const up = flash.next('11');
    expect([flash.next('11'), flash.next('11.0'), flash.next(null)].every((each) => each === up)).toBe(true);
    void clock.advance(10_000);
    expect(flash.next('11')).toBe(up);
    expect(flash.next('12').animation).toBe('up-1');
  });

  it('comes at most three times in any second, while the direction is always shown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(400), { minLength: 20, maxLength: 60 }), async (pauses) => {
        const { clock, flash } = rig();
        const at: number[] = [];
        let before = flash.next('0').animation;
        let price = 0;
        for (const pause of pauses) {
          await clock.advance(pause);
          price += pause % 2 === 0 ? 1 : -1;
          const { direction, animation: name } = flash.next(String(price));
          expect(direction).toBe(pause % 2 === 0 ? 'up' : 'down');
          // The colour of a flash says what the glyph says.
          expect(name?.split('-')[0] ?? direction).toBe(direction);
          // A changed name starts an animation.
          if (name !== null && name !== before) at.push(clock.monotonic());
          before = name;
        }
        for (const time of at) {
          expect(at.filter((each) => each >= time && each < time + 1000).length).toBeLessThanOrEqual(3);
        }
        expect(at.length).toBeGreaterThan(0);
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it('compares a value only with those of the same id', () => {
    const { flash } = rig();
    flash.next('10', 'A');
    expect(flash.next('11', 'A').animation).toBe('up-0');
    const still = { direction: null, glyph: '', sign: '', animation: null };
    expect(flash.next('900', 'B')).toEqual(still);
    expect(flash.next(null, 'A')).toEqual(still);
    expect(flash.next('12', 'A')).toEqual(still);
    expect(flash.next('11', 'A').direction).toBe('down');
  });

  it('comes at most three times in any second, also when its id changes', () => {
    const { flash } = rig();
    const names = ['A', 'B', 'C', 'D'].map((id) => {
      flash.next('1', id);
      return flash.next('2', id).animation;
    });
    expect(names).toEqual(['up-0', 'up-1', 'up-0', null]);
  });

  it('never comes for users who prefer reduced motion', () => {
    const { flash } = rig({ reducedMotion: () => true });
    flash.next('1');
    expect(flash.next('2')).toEqual({ direction: 'up', glyph: '▲', sign: '+', animation: null });
  });

  it.each([
    [true, null],
    [false, 'up-0'],
  ])('asks the browser for that preference: %j', (matches, name) => {
    vi.stubGlobal('matchMedia', (query: string) => ({ matches: query.includes('reduce') && matches }));
    const flash = new PriceFlash();
    flash.next('1');
    expect(flash.next('2').animation).toBe(name);
  });
});
