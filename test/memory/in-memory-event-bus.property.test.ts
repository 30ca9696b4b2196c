import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { BUS_GAP, type DomainEvent } from '../../src/core/messaging/event-bus.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { sized } from '../sizes.js';

const numRuns = sized({ quick: 200, gate: 1000, full: 5000 });
const MAX_BACKLOG = 4;

/** An event that lists the numbers of all events that were merged into it. */
interface Tracked extends DomainEvent {
  readonly ns: readonly number[];
}

const plain = (ns: readonly number[]): Tracked => ({ type: 't', id: `${ns.at(-1)}`, occurredAt: 0, ns });
const folding = (ns: readonly number[]): Tracked => ({
  ...plain(ns),
  conflate: (later: Tracked) => folding([...ns, ...later.ns]),
});

type Step =
  | { readonly kind: 'publish'; readonly folds: readonly boolean[] }
  | { readonly kind: 'let'; readonly subscriber: number }
  | { readonly kind: 'turn' };

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('publish' as const),
      folds: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
    }),
    fc.record({ kind: fc.constant('let' as const), subscriber: fc.nat(2) }),
    fc.constant<Step>({ kind: 'turn' }),
  ),
  { maxLength: 60 },
);
const behaviors = fc.tuple(
  ...Array.from({ length: 3 }, () => fc.constantFrom('sync', 'throws', 'async', 'rejects')),
);

test('each event is handled once or counted as lost, and the newest always arrives', async () => {
  await fc.assert(
    fc.asyncProperty(steps, behaviors, async (script, kinds) => {
      const clock = new FakeClock();
      const bus = new InMemoryEventBus({ clock, maxBacklog: MAX_BACKLOG });
      const seen = kinds.map((): number[] => []);
      const running = kinds.map(() => 0);
      const waiting = kinds.map((): (() => void)[] => []);
      let calls = 0;
      let announced = 0;
      bus.subscribe(BUS_GAP, ({ lost }) => void (announced += lost ?? 0));
      kinds.forEach((kind, at) => {
        bus.subscribe<Tracked>('t', (event) => {
          seen[at]!.push(...event.ns);
          calls++;
          expect(++running[at]!).toBe(1);
          if (kind === 'sync' || kind === 'throws') {
            running[at]!--;
            if (kind === 'throws') throw new Error('as scripted');
            return undefined;
          }
          return new Promise<void>((resolve, reject) => {
            waiting[at]!.push(() => {
              running[at]!--;
              if (kind === 'async') resolve();
              else reject(new Error('as scripted'));
            });
          });
        });
      });

      let published = 0;
      for (const step of script) {
        if (step.kind === 'publish') {
          await bus.publish(step.folds.map((folds) => (folds ? folding : plain)([published++])));
        } else if (step.kind === 'let') waiting[step.subscriber]!.shift()?.();
        else await clock.advance(1);
      }
      do {
        for (const each of waiting) each.shift()?.();
        await clock.advance(1);
      } while (waiting.some((each) => each.length > 0));

      const { lost, handled, failed } = bus.stats();
      const received = seen.reduce((sum, numbers) => sum + numbers.length, 0);
      // Numbers, not events: the bus counts a dropped event as one, even if several were merged into it.
      expect(received).toBeLessThanOrEqual(published * kinds.length);
      if (lost === 0) expect(received).toBe(published * kinds.length);
      for (const numbers of seen) {
        expect(numbers.every((n, at) => at === 0 || n > numbers[at - 1]!)).toBe(true);
        // Whatever was lost, the newest always arrives.
        expect(numbers.at(-1)).toBe(published === 0 ? undefined : published - 1);
      }
      expect(announced).toBe(lost);
      const gapCalls = handled + failed - calls;
      expect(gapCalls >= 0 && lost > 0 === gapCalls > 0).toBe(true);
      expect(running).toEqual([0, 0, 0]);
      await bus.close();
      expect(clock.pending).toBe(0);
    }),
    { numRuns },
  );
});
