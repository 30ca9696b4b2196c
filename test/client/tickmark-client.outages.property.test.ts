import { describe, expect, it } from 'vitest';
import { eventStreams, TickmarkClient } from 'tickmark/client';
import { seededRandom } from '../../src/core/random.js';
import { GatewayRig } from '../gateway/rig/gateway-rig.js';
import { seed, sized } from '../sizes.js';
import { FakePage } from './fake-page.js';
import { SimulatedNetwork } from './simulated-network.js';

/** Each lasts up to a minute. */
const OUTAGES = sized({ quick: 8, gate: 50, full: 200 });
const LONGEST_MS = 60_000;
const STEP_MS = 50;

/**
 * A client on a real gateway, engine and bus, over a network that breaks, all on one clock that the test advances: an hour of outages
 * takes seconds. In a browser `test/browser/moved-clock.test.ts` does the same.
 */
async function run(): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(...options: T[]): T => options[Math.floor(random() * options.length)]!;
  const rig = await GatewayRig.start();
  const network = new SimulatedNetwork(rig);
  const page = new FakePage();
  const { clock } = rig;
  const client = new TickmarkClient({
    url: '/live',
    transport: eventStreams({ fetch: network.fetch }),
    clock,
    random,
    page,
  });
  const desk = client.positions('desk');
  const acme = client.price('ACME');
  const status = (): string => client.connection.getSnapshot().state;

  // Prices only rise, so that late and repeated values are detected.
  const shown: number[] = [];
  desk.subscribe(() => {
    const { totals: value, rows } = desk.getSnapshot();
    if (!value?.marketValue) return;
    shown.push(Number(value.marketValue));
    const sum = rows.reduce((total, { marketValue }) => total + Number(marketValue), 0);
    expect(sum).toBeCloseTo(Number(value.marketValue), 6);
  });
  acme.subscribe(() => undefined);
  let cents = 10_000;
  const step = async (): Promise<void> => {
    if (random() < 0.3) await rig.prices({ ACME: String(++cents / 100), GLOBEX: String(cents / 200) });
    await clock.advance(STEP_MS);
    page.frame();
  };
  const steps = async (ms: number, each: (elapsed: number) => void = () => undefined): Promise<void> => {
    for (let elapsed = 0; elapsed < ms; elapsed += STEP_MS) {
      await step();
      each(elapsed + STEP_MS);
    }
  };
  const isCurrent = (): boolean => {
    const expected = rig.engine.value('desk')!;
    const { totals: value, rows } = desk.getSnapshot();
    return (
      value?.marketValue === expected.marketValue!.toString() &&
      rows.every((row, index) => row.marketValue === expected.positions[index]!.marketValue!.toString()) &&
      acme.getSnapshot().value?.price === String(cents / 100)
    );
  };

  await rig.prices({ ACME: '100', GLOBEX: '50' });
  await steps(500);
  expect(status()).toBe('live');
  let told = 0;
  for (let outage = 0; outage < OUTAGES; outage++) {
    await steps(1500 + random() * 3000);
    const kind = pick('silent', 'refusing', 'restart', 'cut');
    const lengthMs = random() < 0.3 ? random() * 3000 : random() * LONGEST_MS;
    if (kind === 'silent') network.fallSilent();
    else if (kind === 'cut') network.cut();
    else network.refuse();
    if (kind === 'restart') await rig.restart();
    if (kind !== 'cut') {
      await steps(lengthMs, (elapsed) => {
        if (elapsed < 3000) return;
        expect(status(), `${kind} for ${elapsed} ms`).toBe('reconnecting');
        if (elapsed === 3000) told++;
      });
      network.restore();
    }
    // At the start of an outage the longest wait between tries is 2 s; messages that are under way when the network returns may be lost.
    let recovery = 0;
    await step();
    while (status() !== 'live' && recovery < 2500) {
      await step();
      recovery += STEP_MS;
    }
    expect(status(), `after ${kind} of ${lengthMs} ms`).toBe('live');
    await clock.advance(200);
    page.frame();
    expect(isCurrent()).toBe(true);
    expect(network.open).toBe(1);
  }
  expect(told).toBeGreaterThan(OUTAGES / 4);
  const rising = shown.every((value, index) => index === 0 || value > shown[index - 1]!);
  expect(rising).toBe(true);
  expect(shown.length).toBeGreaterThan(OUTAGES);

  client.close();
  await clock.settle();
  expect(network.open).toBe(0);
  await rig.end();
}

describe('a client whose network breaks and whose gateway is restarted', () => {
  it('reports it within 3 s, reconnects, and shows exactly the values of the gateway', () => run());
});
