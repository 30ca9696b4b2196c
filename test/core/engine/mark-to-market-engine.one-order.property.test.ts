/**
 * The rule of order, checked on every interleaving of a small world: one ingest, two symbols whose prices come with or without a venue
 * time, two engines that receive all or some of the messages, and a store.
 */
import { describe, expect, test } from 'vitest';
import { PriceOrder } from '../../../src/core/ingest/price-order.js';
import { isBelow, type PriceStamp } from '../../../src/core/prices/price-stamp.js';
import { OrderSum } from '../../../src/core/book/valuation/order-sum.js';
import { sized } from '../../sizes.js';

const DEPTH = sized({ quick: 6, gate: 7, full: 9 });
const START = 1_700_000_000_000;
/** Venue times by place in the sequence: they rise, fall, and repeat. */
const VENUE_TIMES = [10, 12, 5, 12, 20, 7, 25, 13];

const PUSHES = ['A venue', 'A received', 'B venue', 'B received'] as const;
const MOVES = [...PUSHES, 'hear 1', 'hear 2', 'lose 1', 'lose 2', 'save 1', 'save 2'] as const;
type Push = (typeof PUSHES)[number];
type Move = (typeof MOVES)[number];

/** A price that ingest accepted. Prices rise, so that the newest is the highest. */
interface Price {
  readonly symbol: 0 | 1;
  readonly price: number;
  readonly stamp: PriceStamp;
  readonly timestamp: number;
}

/** The newest known price of each symbol. */
type Known = readonly [Price | null, Price | null];

interface Valuation {
  readonly value: number;
  readonly known: Known;
}

/** The decisions of the store: whether a valuation replaces another one, and a price another one. */
interface Rule {
  isNewerValue(offered: Valuation, stored: Valuation): boolean;
  isNewerPrice(offered: Price, stored: Price): boolean;
}

const NEW_RULE: Rule = {
  isNewerValue: (offered, stored) => orderOf(offered.known) >= orderOf(stored.known),
  isNewerPrice: ({ stamp: a }, { stamp: b }) => !isBelow(a.venueTime, a.arrival, b.venueTime, b.arrival),
};

/** Compares the newest time and the sum of the times, of whichever clock they are. */
const BY_TIMES: Rule = {
  isNewerValue: (offered, stored) => {
    const [a, b] = [timesOf(offered.known), timesOf(stored.known)];
    return (
      a[0] > b[0] || (a[0] === b[0] && (a[1] > b[1] || (a[1] === b[1] && offered.value !== stored.value)))
    );
  },
  isNewerPrice: (offered, stored) => offered.timestamp >= stored.timestamp,
};

function orderOf(known: Known): string {
  const sum = new OrderSum();
  for (const price of known) if (price) sum.add(price.stamp.venueTime, price.stamp.arrival);
  return sum.toString();
}

function timesOf(known: Known): [number, number] {
  const times = known.flatMap((price) => (price ? [price.timestamp] : []));
  return [Math.max(0, ...times), times.reduce((sum, time) => sum + time, 0)];
}

/** What ingest accepts of a sequence of updates. */
function accepted(pushes: readonly Push[]): Price[] {
  const order = new PriceOrder();
  return pushes.flatMap((push, at) => {
    const symbol = push.startsWith('A') ? 0 : 1;
    const now = START + 100 + at;
    const isReceived = push.endsWith('received');
    const timestamp = isReceived ? now : START + VENUE_TIMES[at]!;
    const received = isReceived ? 1 : 0;
    const update = {
      id: symbol,
      timestamp,
      received,
      receivedAt: now,
      sequence: NaN,
      now,
      venueTime: 0,
      arrival: 0,
    };
    if (!order.accept(update)) return [];
    const { venueTime, arrival } = update;
    return [{ symbol, price: 100 + at, stamp: { venueTime, arrival }, timestamp }];
  });
}

interface World {
  readonly pushes: readonly Push[];
  readonly messages: readonly Price[];
  /** For each engine: how many messages it has received or missed, and what it knows. */
  readonly passed: readonly [number, number];
  readonly knows: readonly [Known, Known];
  readonly storedPrices: Known;
  readonly stored: Valuation | null;
}

const EMPTY: World = {
  pushes: [],
  messages: [],
  passed: [0, 0],
  knows: [
    [null, null],
    [null, null],
  ],
  storedPrices: [null, null],
  stored: null,
};

function with_<T>(pair: readonly [T, T], at: 0 | 1, value: T): readonly [T, T] {
  return at === 0 ? [value, pair[1]] : [pair[0], value];
}

function learned(known: Known, price: Price): Known {
  const before = known[price.symbol];
  return before && NEW_RULE.isNewerPrice(before, price) ? known : with_(known, price.symbol, price);
}

function valuationOf(known: Known): Valuation {
  return { value: known.reduce((sum, price) => sum + (price?.price ?? 0), 0), known };
}

/** The world after a move; `null` if the move is impossible. */
function moved(world: World, move: Move, rule: Rule): World | null {
  if (move.startsWith('A') || move.startsWith('B')) {
    const pushes = [...world.pushes, move as Push];
    return { ...world, pushes, messages: accepted(pushes) };
  }
  const engine = move.endsWith('1') ? 0 : 1;
  if (move.startsWith('save')) return saved(world, engine, rule);
  const message = world.messages[world.passed[engine]];
  if (!message) return null;
  const passed = with_(world.passed, engine, world.passed[engine] + 1);
  if (move.startsWith('lose')) return { ...world, passed };
  const knows = with_(world.knows, engine, learned(world.knows[engine], message));
  return { ...world, passed, knows };
}

function saved(world: World, engine: 0 | 1, rule: Rule): World {
  const known = world.knows[engine];
  let { storedPrices, stored } = world;
  for (const price of known) {
    const before = price && storedPrices[price.symbol];
    if (price && (!before || rule.isNewerPrice(price, before)))
      storedPrices = with_(storedPrices, price.symbol, price);
  }
  const offered = valuationOf(known);
  if (!stored || rule.isNewerValue(offered, stored)) stored = offered;
  return { ...world, storedPrices, stored };
}

/** The newest accepted price of each symbol. */
function newest(world: World): Known {
  return world.messages.reduce<Known>((known, price) => with_(known, price.symbol, price), [null, null]);
}

/** What is wrong at rest: both engines have got all prices, and one or both have saved. */
function faultAtRest(world: World, rule: Rule): string | null {
  const all = newest(world);
  const rested: World = { ...world, knows: [all, all] };
  for (const end of [saved(rested, 0, rule), saved(saved(rested, 1, rule), 0, rule)]) {
    if (end.stored!.value !== valuationOf(all).value)
      return `stored value ${end.stored!.value}, newest prices give ${valuationOf(all).value}`;
    for (const symbol of [0, 1] as const)
      if (end.storedPrices[symbol]?.price !== all[symbol]?.price) return `stored price of ${'AB'[symbol]!}`;
  }
  return null;
}

/** What is wrong with a step: something older replaced something newer. */
function faultOfStep(before: World, after: World): string | null {
  const isOlder = (now: Price | null, then: Price | null): boolean =>
    then !== null && (now?.price ?? 0) < then.price;
  if ([0, 1].some((at) => isOlder(after.storedPrices[at]!, before.storedPrices[at]!)))
    return 'an older price';
  if (!before.stored || before.stored === after.stored) return null;
  const [was, is] = [before.stored.known, after.stored!.known];
  const isNowhereNewer = [0, 1].every((at) => !isOlder(was[at]!, is[at]!));
  return isNowhereNewer && [0, 1].some((at) => isOlder(is[at]!, was[at]!)) ? 'a value of older prices' : null;
}

function keyOf({ pushes, passed, knows, storedPrices, stored }: World): string {
  const prices = (known: Known | undefined): string =>
    (known ?? []).map((price) => price?.price ?? '-').join();
  return [
    pushes.map((push) => PUSHES.indexOf(push)).join(''),
    passed.join(),
    prices(knows[0]),
    prices(knows[1]),
    prices(storedPrices),
    prices(stored?.known),
  ].join('|');
}

/** The first fault in any sequence of at most `depth` moves, with that sequence. */
function explore(rule: Rule, depth: number): { fault: string | null; worlds: number } {
  let reached = new Map([[keyOf(EMPTY), { world: EMPTY, path: [] as readonly Move[] }]]);
  let worlds = 1;
  for (let step = 0; step < depth; step++) {
    const next = new Map<string, { world: World; path: readonly Move[] }>();
    for (const { world, path } of reached.values()) {
      for (const move of MOVES) {
        const after = moved(world, move, rule);
        if (!after) continue;
        const key = keyOf(after);
        if (next.has(key)) continue;
        const way = [...path, move];
        const fault = faultOfStep(world, after) ?? faultAtRest(after, rule);
        if (fault) return { fault: `${way.join(', ')}: ${fault}`, worlds };
        next.set(key, { world: after, path: way });
      }
    }
    worlds += next.size;
    reached = next;
  }
  return { fault: null, worlds };
}

describe('two engines, two symbols and two kinds of time', () => {
  test(`after each sequence of ${DEPTH} moves, the store has the value at the newest prices, and nothing older has replaced newer`, () => {
    const { fault, worlds } = explore(NEW_RULE, DEPTH);
    expect(fault).toBeNull();
    expect(worlds).toBeGreaterThan(10_000);
  });

  test('an order by time fails, because the clock of a venue and ours cannot be compared', () => {
    expect(explore(BY_TIMES, 4).fault).toMatch(/received/);
  });
});
