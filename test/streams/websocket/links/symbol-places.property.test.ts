import { expect, test } from 'vitest';
import fc from 'fast-check';
import { SymbolPlaces, type SurplusLink } from '../../../../src/streams/websocket/links/symbol-places.js';
import { seed, sized } from '../../../sizes.js';

interface Link {
  readonly number: number;
}

const RUNS = sized({ quick: 300, gate: 1500, full: 20_000 });
const SYMBOLS = Array.from({ length: 30 }, (_, at) => `S${at}`);

const someSymbols = fc.subarray(SYMBOLS);
const step = fc.oneof(
  fc.record({ kind: fc.constant('place' as const), symbols: someSymbols }),
  fc.record({ kind: fc.constant('remove' as const), symbols: someSymbols }),
  fc.record({ kind: fc.constantFrom('plan' as const, 'cancel' as const), symbols: fc.constant([]) }),
  // Some of the symbols that are about to move do.
  fc.record({ kind: fc.constant('move' as const), symbols: someSymbols }),
  fc.record({ kind: fc.constant('finish' as const), symbols: fc.constant([]) }),
);

test('each symbol has one place, no link has too many, there are no more links than are needed, and merges keep all symbols', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 40 }), (limit, steps) => {
      const places = new SymbolPlaces<Link>(limit);
      let opened = 0;
      const open = (): Link => {
        const link = { number: ++opened };
        places.add(link);
        return link;
      };
      open();
      const wanted = new Set<string>();
      let plan: SurplusLink<Link> | undefined;

      const check = (): void => {
        const placed = places.links.flatMap((link) => [...places.on(link)]);
        expect(placed.sort()).toEqual([...wanted].sort());
        for (const link of places.links) {
          expect(places.on(link).size + places.expectedOn(link).size).toBeLessThanOrEqual(limit);
          for (const symbol of places.on(link)) expect(places.linkOf(symbol)).toBe(link);
          for (const symbol of places.expectedOn(link)) expect(wanted.has(symbol)).toBe(true);
        }
      };
      const merged = (symbols: Iterable<string>): void => {
        for (const symbol of symbols)
          for (const to of plan?.moves.keys() ?? [])
            if (places.expectedOn(to).has(symbol)) places.move(symbol, to);
      };

      for (const { kind, symbols } of steps) {
        if (kind === 'place') {
          const more = symbols.filter((symbol) => !wanted.has(symbol));
          if (places.free(plan?.link) < more.length) {
            places.cancelMoves();
            plan = undefined;
          }
          const before = places.count;
          const total = wanted.size + more.length;
          const placed = places.place(symbols, open, plan?.link);
          expect([...placed.values()].flat().sort()).toEqual([...symbols].sort());
          for (const symbol of symbols) wanted.add(symbol);
          // A link is opened only when all others are full.
          expect(places.count).toBeLessThanOrEqual(Math.max(before, Math.ceil(total / limit)));
        } else if (kind === 'remove') {
          const removed = places.remove(symbols);
          for (const [link, some] of removed)
            for (const symbol of some) expect(places.on(link)).not.toContain(symbol);
          for (const symbol of symbols) wanted.delete(symbol);
        } else if (kind === 'plan' && !plan) {
          plan = places.surplus();
          for (const [link, some] of plan?.moves ?? []) places.expect(some, link);
          if (plan) expect([...plan.moves.values()].flat().sort()).toEqual([...places.on(plan.link)].sort());
        } else if (kind === 'cancel') {
          places.cancelMoves();
          plan = undefined;
        } else if (kind === 'move') merged(symbols);
        else if (kind === 'finish' && plan) {
          merged(SYMBOLS);
          expect(places.drop(plan.link)).toEqual([]);
          plan = undefined;
        }
        check();
      }

      // At rest: merges go on until no link is too many.
      places.cancelMoves();
      while ((plan = places.surplus())) {
        for (const [link, some] of plan.moves) places.expect(some, link);
        merged(SYMBOLS);
        expect(places.drop(plan.link)).toEqual([]);
        check();
      }
      const enough = Math.ceil((wanted.size + Math.floor(limit / 4)) / limit);
      expect(places.count).toBeLessThanOrEqual(Math.max(1, enough));
    }),
    { numRuns: RUNS, seed },
  );
});

test('symbols go to the oldest link with places, and a link without symbols is closed although the others are full', () => {
  const places = new SymbolPlaces<Link>(4);
  const links: Link[] = [];
  const open = (): Link => {
    links.push({ number: links.length });
    places.add(links.at(-1)!);
    return links.at(-1)!;
  };
  open();
  places.place(['A', 'B', 'C', 'D', 'E'], open);
  places.remove(['B']);
  expect([...places.place(['F', 'G'], open)].map(([{ number }, some]) => [number, some])).toEqual([
    [0, ['F']],
    [1, ['G']],
  ]);
  // Two free places for two symbols would leave none: the next symbol would open the link again.
  places.remove(['A', 'C']);
  expect(places.surplus()).toBeUndefined();
  places.remove(['D']);
  expect(places.surplus()).toEqual({ link: links[0], moves: new Map([[links[1], ['F']]]) });
  places.place(['H', 'I', 'J'], open);
  places.remove(['E', 'G']);
  expect(places.surplus()).toEqual({ link: links[1], moves: new Map() });
});
