import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TickmarkClient, sharedByTabs, type TokenSource } from 'tickmark/client';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../src/core/random.js';
import { sized } from '../sizes.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { FakeBrowser } from './fake-browser.js';
import { FakePage } from './fake-page.js';
import { ModelGateway, type Changes } from './model-gateway.js';

const SEQUENCES = sized({ quick: 100, gate: 500, full: 25_000 });
const SYMBOLS = ['A', 'B', 'C', 'D'];

type Step = readonly [what: (typeof WHAT)[number], symbol: number, ms: number, tab: number];
const WHAT = [
  ...['subscribe', 'subscribe', 'subscribe', 'leave', 'leave', 'pass', 'pass', 'tick'],
  ...['hide', 'show', 'drop', 'down', 'up', 'deny', 'busy', 'limit', 'allow', 'remove', 'revoke'],
  ...['stranger', 'friend', 'reconnect', 'posts fail', 'posts arrive'],
  ...['grants end', 'grants last', 'tokens fail', 'tokens work', 'tokens slow'],
] as const;

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...WHAT),
  fc.nat(SYMBOLS.length - 1),
  // Within a round trip, around the linger, and beyond every pause.
  fc.constantFrom(0, 1, 15, 30, 260, 499, 520, 1200, 3000, 6000),
  fc.nat(1),
);

/** One page: what it subscribes to, and what its listeners were called for after they had left. */
class ModelPage {
  readonly page = new FakePage();
  readonly client: TickmarkClient;
  readonly faults: string[] = [];
  readonly #subscribed = new Map<string, () => void>();

  constructor(
    clock: FakeClock,
    gateway: ModelGateway,
    seed: number,
    browser: FakeBrowser | null,
    token: TokenSource | null,
  ) {
    const share = browser ? { share: sharedByTabs({ tabs: browser.tab(), reader: 'ann' }) } : {};
    const { transport } = gateway;
    const random = seededRandom(seed);
    this.client = new TickmarkClient({
      ...{ url: '/live', clock, page: this.page, transport, random },
      ...share,
      ...(token && { token }),
    });
  }

  get symbols(): string[] {
    return [...this.#subscribed.keys()];
  }

  subscribe(symbol: string): void {
    if (this.#subscribed.has(symbol)) return;
    let isLeft = false;
    const stop = this.client.price(symbol).subscribe(() => {
      if (isLeft) this.faults.push(`${symbol} arrived for a listener that had left`);
    });
    this.#subscribed.set(symbol, () => {
      stop();
      isLeft = true;
    });
  }

  leave(symbol: string): void {
    this.#subscribed.get(symbol)?.();
    this.#subscribed.delete(symbol);
  }

  state(): string {
    return this.client.connection.getSnapshot().state;
  }
}

async function run(
  steps: readonly Step[],
  changes: Changes,
  isShared: boolean,
  hasToken: boolean,
): Promise<void> {
  const clock = new FakeClock();
  const gateway = new ModelGateway(clock, changes);
  const browser = isShared ? new FakeBrowser() : null;
  const tokens = { fail: false, ms: 0 };
  const token: TokenSource | null = hasToken
    ? () =>
        new Promise((resolve, reject) => {
          const { fail, ms } = tokens;
          clock.setTimer(() => (fail ? reject(new Error('no token')) : resolve('token')), ms);
        })
    : null;
  const pages = (isShared ? [1, 2] : [1]).map((seed) => new ModelPage(clock, gateway, seed, browser, token));
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    for (const { page } of pages) page.frame();
  };
  for (const [what, number, ms, tab] of steps) {
    const symbol = SYMBOLS[number]!;
    const topic = `price:${symbol}` as const;
    const { client, page } = pages[tab % pages.length]!;
    switch (what) {
      case 'subscribe':
        pages[tab % pages.length]!.subscribe(symbol);
        break;
      case 'leave':
        pages[tab % pages.length]!.leave(symbol);
        break;
      case 'tick':
        gateway.tick();
        break;
      case 'hide':
      case 'show':
        page.setVisible(what === 'show');
        break;
      case 'drop':
        gateway.breakAll();
        break;
      case 'down':
      case 'up':
        gateway.isDown = what === 'down';
        break;
      case 'deny':
        gateway.refuses.set(topic, 'denied');
        break;
      case 'busy':
      case 'limit':
        gateway.refuses.set(topic, what);
        break;
      case 'allow':
        gateway.refuses.delete(topic);
        break;
      case 'remove':
        gateway.endTopic(topic, 'removed');
        break;
      case 'revoke':
        gateway.endTopic(topic, 'revoked');
        break;
      case 'stranger':
      case 'friend':
        gateway.isStranger = what === 'stranger';
        break;
      case 'reconnect':
        client.reconnect();
        break;
      case 'posts fail':
      case 'posts arrive':
        gateway.postsArrive = what === 'posts arrive';
        break;
      case 'grants end':
      case 'grants last':
        gateway.lifeMs = what === 'grants end' ? 5000 : null;
        break;
      case 'tokens fail':
      case 'tokens work':
        tokens.fail = what === 'tokens fail';
        break;
      case 'tokens slow':
        tokens.ms = 2000 - tokens.ms;
        break;
      default:
    }
    await pass(ms);
  }
  // All is well again.
  gateway.refuses.clear();
  gateway.isDown = gateway.isStranger = false;
  gateway.postsArrive = true;
  tokens.fail = false;
  tokens.ms = 0;
  gateway.lifeMs = null;
  for (const { page } of pages) page.setVisible(true);
  // The longest interval between two requests is two minutes.
  for (let second = 0; second < 130; second++) await pass(1000);
  const areAllRight = (): void => {
    for (const each of pages) {
      for (const symbol of each.symbols) {
        const { state, value } = each.client.price(symbol).getSnapshot();
        const right = { symbol, state: 'ready', price: gateway.value };
        expect({ symbol, state, price: value?.price }).toEqual(right);
      }
      if (each.symbols.length > 0) expect(each.state()).toBe('live');
    }
  };
  // What was refused for good is asked for again when the reader says so.
  const isForGood = pages.some(
    (each) =>
      ['unauthorized', 'closed'].includes(each.state()) ||
      each.symbols.some((symbol) => each.client.price(symbol).getSnapshot().reason === 'limit'),
  );
  if (isForGood) {
    for (const { client } of pages) client.reconnect();
    for (let tenth = 0; tenth < 40; tenth++) await pass(100);
  }
  gateway.tick();
  await pass(50);
  await pass(50);
  areAllRight();
  // One that is left and wanted again is there within a round trip, or two pauses between connections.
  const [first] = pages;
  const returning = first!.symbols.slice(0, 1);
  first!.subscribe('stays');
  for (const symbol of returning) first!.leave(symbol);
  await pass(1200);
  for (const symbol of returning) first!.subscribe(symbol);
  for (let tenth = 0; tenth < 6; tenth++) await pass(100);
  areAllRight();
  first!.leave('stays');
  for (let second = 0; second < 8; second++) await pass(1000);

  expect([...gateway.faults, ...pages.flatMap(({ faults }) => faults)]).toEqual([]);
  const wanted = new Set(pages.flatMap(({ symbols }) => symbols));
  expect(gateway.connections.length).toBe(wanted.size > 0 ? 1 : 0);
  const carried = gateway.connections.flatMap(({ granted }) => [...granted]);
  expect(carried.sort()).toEqual([...wanted].map((symbol) => `price:${symbol}`).sort());
  for (const { client } of pages) client.close();
  await pass(3000);
  expect(clock.pending).toBe(0);
}

describe.each<[string, Changes, boolean]>([
  ['over WebSocket', 'message', false],
  ['over event streams that are changed by POST', 'post', false],
  ['over event streams that are replaced', 'none', false],
  ['in tabs that share one connection', 'message', true],
])('topics %s', (_, changes, isShared) => {
  test(
    'are asked for once, never stuck, and silent once they are left, in any order of events',
    { timeout: SLOW_TEST_MS },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.boolean(), (steps, hasToken) =>
          run(steps, changes, isShared, hasToken),
        ),
        { numRuns: SEQUENCES },
      );
    },
  );
});
