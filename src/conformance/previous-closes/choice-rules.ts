import { assert, assertEqual } from '../assertions.js';
import type { PreviousClosesKit } from './previous-closes-kit.js';
import { SESSIONS, assertCloses, assertLoaded, load, sampleClose } from './sample-closes.js';

const [TUESDAY, WEDNESDAY, FRIDAY, MONDAY] = SESSIONS;
/** Most symbols of a call. */
const MANY = 100;

const AAPL = [
  sampleClose('AAPL', '228.10', { closedAt: TUESDAY }),
  sampleClose('AAPL', '230.25', { closedAt: WEDNESDAY }),
  sampleClose('AAPL', '231.50', { closedAt: FRIDAY }),
  sampleClose('AAPL', '229.75', { closedAt: MONDAY }),
] as const;

export function choiceRules(kit: PreviousClosesKit): void {
  kit.factoryRule('createHarness() makes sources that share nothing', async (one, other) => {
    assert(one.closes !== other.closes, 'createHarness() gives a new source each time');
    await one.put([sampleClose('AAPL', '231.50')]);
    await assertLoaded(other.closes, ['AAPL'], []);
  });

  kit.rule('a source that knows no close gives none', async ({ closes }) => {
    await assertLoaded(closes, ['AAPL', 'MSFT'], []);
  });

  kit.rule('a symbol whose close is not known is left out', async ({ closes, put }) => {
    await put([sampleClose('AAPL', '231.50')]);
    await assertLoaded(closes, ['MSFT'], []);
    await assertLoaded(closes, ['MSFT', 'AAPL', 'AAP'], [sampleClose('AAPL', '231.50')]);
  });

  kit.rule('only symbols that are asked for are given, each once', async ({ closes, put }) => {
    await put([...AAPL, sampleClose('MSFT', '500'), sampleClose('SPY', '600')]);
    await assertLoaded(closes, ['SPY', 'AAPL'], [AAPL[2], sampleClose('SPY', '600')]);
  });

  kit.rule('of several closes of a symbol the newest is given, whenever it was stored', async (h) => {
    await h.put([AAPL[2]]);
    await h.put([AAPL[0], AAPL[1]]);
    await assertLoaded(h.closes, ['AAPL'], [AAPL[2]]);
  });

  kit.rule('a close that comes later is given from then on', async ({ closes, put }) => {
    await put([AAPL[1]]);
    await assertLoaded(closes, ['AAPL', 'MSFT'], [AAPL[1]]);
    await put([AAPL[2], sampleClose('MSFT', '500')]);
    await assertLoaded(closes, ['AAPL', 'MSFT'], [AAPL[2], sampleClose('MSFT', '500')]);
  });

  kit.rule('the close of a session after `at` is not given', async ({ closes, put }) => {
    await put([...AAPL, sampleClose('MSFT', '500', { closedAt: MONDAY })]);
    await assertLoaded(closes, ['AAPL', 'MSFT'], [AAPL[2]]);
    await assertLoaded(closes, ['AAPL', 'MSFT'], [AAPL[0]], TUESDAY + 3_600_000);
    await assertLoaded(closes, ['AAPL', 'MSFT'], [], TUESDAY - 3_600_000);
  });

  kit.rule('a close exactly at `at` is given, and 1 ms before it is not', async ({ closes, put }) => {
    await put(AAPL);
    for (const [n, at] of SESSIONS.entries()) {
      await assertLoaded(closes, ['AAPL'], [AAPL[n]!], at);
      await assertLoaded(closes, ['AAPL'], n === 0 ? [] : [AAPL[n - 1]!], at - 1);
    }
  });

  kit.rule('each close is dated by its own session, also an old one', async ({ closes, put }) => {
    const given = [AAPL[2], sampleClose('MSFT', '500', { closedAt: TUESDAY })];
    await put(given);
    await assertLoaded(closes, ['AAPL', 'MSFT'], given);
  });

  kit.rule('no symbols have no closes', async ({ closes, put }) => {
    await put(AAPL);
    assertEqual(await load(closes, []), [], 'closes of an empty list');
  });

  kit.rule('100 symbols are asked for in one call', async ({ closes, put }) => {
    const given = Array.from({ length: MANY }, (_, n) => sampleClose(`S${n}`, `${n + 1}.25`));
    await put([...given, ...given.map((close) => ({ ...close, closedAt: WEDNESDAY }))]);
    const symbols = given.map(({ symbol }) => symbol);
    assertCloses(await load(closes, symbols), given);
  });
}
