import type { PreviousClose } from '../../core/calendars/previous-closes.js';
import { assert, assertEqual, shown } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import type { PreviousClosesHarness, PreviousClosesKit } from './previous-closes-kit.js';
import { SESSIONS, assertCloses, assertLoaded, load, sampleClose } from './sample-closes.js';

const CALLS = 10;

export function callRules(kit: PreviousClosesKit): void {
  kit.rule('changing the given closes or the list changes no later answer', async ({ closes, put }) => {
    const given = [sampleClose('AAPL', '231.50'), sampleClose('MSFT', '500')];
    await put(given);
    const loaded = (await load(closes, ['AAPL', 'MSFT'])) as PreviousClose[];
    // A frozen close rejects changes, which protects as well as a copy does.
    for (const close of loaded) Reflect.set(close, 'price', '666');
    if (!Object.isFrozen(loaded)) loaded.length = 0;
    await assertLoaded(closes, ['AAPL', 'MSFT'], given);
  });

  kit.rule('calls beside each other do not mix', async ({ closes, put }) => {
    const sets = SESSIONS.map((closedAt, n) => [
      sampleClose('AAPL', `${n + 1}.5`, { closedAt }),
      sampleClose(`ONLY-${n}`, `${n + 10}`, { closedAt }),
    ]);
    await put(sets.flat());
    const calls = Array.from({ length: CALLS }, async (_, n) => {
      const expected = sets[n % sets.length]!;
      const symbols = expected.map(({ symbol }) => symbol);
      const at = expected[0]!.closedAt;
      assertCloses(await load(closes, symbols, { at }), expected, `closes of call ${n + 1}`);
    });
    await Promise.all(calls);
  });

  kit.rule('a call that is aborted already ends soon', async ({ closes, put }, time) => {
    const given = sampleClose('AAPL', '231.50');
    await put([given]);
    await ends(load(closes, ['AAPL'], { signal: AbortSignal.abort() }), time);
    await assertLoaded(closes, ['AAPL'], [given]);
  });

  kit.rule('a call that is aborted under way ends soon, and later ones answer', async (h, time) => {
    const given = sampleClose('AAPL', '231.50');
    await h.put([given]);
    const call = new AbortController();
    const loading = load(h.closes, ['AAPL'], { signal: call.signal });
    call.abort();
    await ends(loading, time);
    await assertLoaded(h.closes, ['AAPL'], [given]);
  });

  kit.ruleIf(
    !!kit.supports.stall,
    'a call that has to wait ends soon after it is aborted',
    async (harness, time) => {
      const { closes, put, stall } = harness as Required<PreviousClosesHarness>;
      await put([sampleClose('AAPL', '231.50')]);
      await stall();
      const call = new AbortController();
      const loading = load(closes, ['AAPL'], { signal: call.signal });
      assert(await time.isPendingAfter(loading, 50), 'stall() makes calls wait');
      call.abort();
      await ends(loading, time);
    },
  );

  kit.ruleIf(
    !!kit.supports.failure,
    'a source that cannot work rejects, and does not answer that it knows no close',
    async (harness, time) => {
      const { failing } = harness as Required<PreviousClosesHarness>;
      const [outcome] = await ends(load(failing, ['AAPL']), time);
      const answer = outcome.status === 'fulfilled' ? shown(outcome.value) : '';
      assertEqual(
        outcome.status,
        'rejected',
        `a call of a source that cannot work, which answered ${answer}`,
      );
    },
  );
}

/** Lets time pass until a call ends, with an answer or an error. */
function ends<Answer>(call: Promise<Answer>, time: KitTime): Promise<[PromiseSettledResult<Answer>]> {
  return time.settled(Promise.allSettled([call]), 'load()');
}
