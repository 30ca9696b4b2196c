import { expect, test } from 'vitest';
import { TickmarkClient, eventStreams } from 'tickmark/client';
import { seededRandom } from '../../src/core/random.js';
import { GatewayRig } from '../gateway/rig/gateway-rig.js';
import { heapInUse } from '../gateway/fuzz/leftovers.js';
import { seed, sized } from '../sizes.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { FakePage } from './fake-page.js';
import { SimulatedNetwork } from './simulated-network.js';

const HOURS = sized({ quick: 3, gate: 24, full: 24 });
const HOUR_MS = 3_600_000;
const TOKEN_LIFE_MS = 20 * 60_000;
/** How much larger the heap of client, gateway and engine may be at the end than in the middle. In the first hours code is compiled. */
const MOST_GROWTH_BYTES = sized({ quick: 2 ** 21, gate: 2 ** 19, full: 2 ** 19 });

/** A page that is left open for a day, on a real gateway and engine: all on one clock that the test advances. */
test(
  `a page that is open for ${HOURS} hours, with sleep, other networks, new tokens and gateways that restart, shows what the gateway has, on one connection`,
  {
    timeout: SLOW_TEST_MS,
  },
  async () => {
    const random = seededRandom(seed);
    const rig = await GatewayRig.start({
      authenticate: ({ headers }) => {
        const expiresAt = Number(headers.get('authorization')?.slice('Bearer '.length));
        return expiresAt > rig.clock.now() ? { subject: 'ann', expiresAt } : null;
      },
    });
    const { clock } = rig;
    const network = new SimulatedNetwork(rig);
    const page = new FakePage();
    let tokens = 0;
    const client = new TickmarkClient({
      url: '/live',
      transport: eventStreams({ fetch: network.fetch }),
      token: async () => {
        tokens++;
        return `${clock.now() + TOKEN_LIFE_MS}`;
      },
      clock,
      random,
      page,
    });
    const desk = client.positions('desk');
    const states = new Set<string>();
    desk.subscribe(() => undefined);
    client.price('ACME').subscribe(() => undefined);
    client.connection.subscribe(() => states.add(client.connection.getSnapshot().state));
    let cents = 10_000;
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 10_000) {
        await clock.advance(Math.min(left, 10_000));
        page.frame();
      }
    };
    const isRight = async (): Promise<void> => {
      await rig.prices({ ACME: String(++cents / 100), GLOBEX: String(cents / 200) });
      await pass(500);
      const { totals } = desk.getSnapshot();
      expect(totals?.marketValue).toBe(rig.engine.value('desk')!.marketValue!.toString());
      expect(client.price('ACME').getSnapshot().value?.price).toBe(String(cents / 100));
      expect(client.connection.getSnapshot().state).toBe('live');
      expect([network.open, rig.gateway.stats().connections]).toEqual([1, 1]);
    };

    await pass(1000);
    await isRight();
    let heap = 0;
    for (let hour = 0; hour < HOURS; hour++) {
      // A user comes and goes, networks change, and gateways are deployed, each at some time of the hour.
      for (const what of ['hide', 'cut', 'silent', 'restart', 'nothing'].sort(() => random() - 0.5)) {
        const ms = random() * 10 * 60_000;
        if (what === 'hide') page.setVisible(false);
        if (what === 'cut') network.cut();
        if (what === 'silent') network.fallSilent();
        if (what === 'restart') await rig.restart();
        await pass(ms);
        page.setVisible(true);
        network.restore();
        // At most 30 s between two tries, and a moment for the last one.
        await pass(35_000);
        await isRight();
        await pass(HOUR_MS / 5 - ms - 35_500);
      }
      if (hour === Math.floor(HOURS / 2)) heap = await heapInUse();
    }
    await isRight();
    // The token is renewed while the page is visible, and never late: the page is never a stranger.
    expect(tokens).toBeGreaterThan(HOURS * 3);
    expect(states).not.toContain('unauthorized');
    expect((await heapInUse()) - heap).toBeLessThan(MOST_GROWTH_BYTES);
    client.close();
    await pass(1000);
    expect(network.open).toBe(0);
    await rig.end();
  },
);
