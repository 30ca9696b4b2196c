import { afterEach, expect, test } from 'vitest';
import { GatewayRig } from '../rig/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.end());

const TOPICS = ['price:ACME', 'price:GLOBEX'] as const;

test('readers of the same topics share their grants until one of them changes', async () => {
  rig = await GatewayRig.start();
  const sockets = Array.from({ length: 3 }, () => rig.socket());
  const [leaving, adding, staying] = sockets as [
    (typeof sockets)[0],
    (typeof sockets)[0],
    (typeof sockets)[0],
  ];
  for (const socket of sockets) socket.say({ type: 'subscribe', topics: TOPICS });
  await rig.clock.settle();
  expect(rig.gateway.stats().multicastGroups).toBe(1);

  leaving.say({ type: 'unsubscribe', topics: ['price:ACME'] });
  adding.say({ type: 'subscribe', topics: ['portfolio:desk'] });
  await rig.clock.settle();
  await rig.prices({ ACME: '200', GLOBEX: '30' });
  const told = sockets.map((socket) => {
    const { prices = [], portfolios = [] } = socket.last('update');
    return [...prices.map(({ symbol }) => symbol), ...portfolios.map(({ id }) => id)];
  });
  expect(told).toEqual([['GLOBEX'], ['ACME', 'GLOBEX', 'desk'], ['ACME', 'GLOBEX']]);

  // Each reader has its own map again, so a topic that one of them requests is new to it.
  leaving.say({ type: 'subscribe', topics: ['price:ACME'] });
  staying.say({ type: 'subscribe', topics: ['price:ACME'] });
  await rig.gateway.revoke({ portfolioId: 'desk' });
  await rig.clock.settle();
  expect(adding.last('ended')).toMatchObject({ topics: ['portfolio:desk'], reason: 'revoked' });
  leaving.gone();
  adding.gone();
  await rig.prices({ ACME: '201', GLOBEX: '31' });
  expect(staying.last('update').prices).toHaveLength(2);
  expect(rig.gateway.stats()).toMatchObject({ connections: 1, multicastGroups: 1 });
});

test('the expiry of one grant does not end the others', async () => {
  let asked = 0;
  rig = await GatewayRig.start({
    authorize: (subject) => {
      if (subject === 'anyone') return true;
      return ++asked <= TOPICS.length && { expiresAt: rig.clock.now() + 1000 };
    },
  });
  const [endless, limited] = [rig.socket(), rig.socket({ authorization: 'short' })];
  for (const socket of [endless, limited]) socket.say({ type: 'subscribe', topics: TOPICS });
  await rig.clock.settle();
  await rig.clock.advance(1000);
  expect(limited.last('ended')).toMatchObject({ topics: TOPICS, reason: 'expired' });
  await rig.prices({ ACME: '200', GLOBEX: '30' });
  expect(endless.last('update').prices).toHaveLength(2);
});
