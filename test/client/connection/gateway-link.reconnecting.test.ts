import { describe, expect, it, vi } from 'vitest';
import type { TickmarkClientOptions } from 'tickmark/client';
import { clientRig } from '../client-rig.js';
import { FEED, portfolioValue, priceValue } from '../messages.js';

/** A client whose connection is up. */
async function upRig(options: Partial<TickmarkClientOptions> = {}) {
  const rig = clientRig(options);
  rig.client.price('A').subscribe(() => undefined);
  await rig.pass();
  rig.gateway.last.open({ prices: [priceValue('A', '1')] });
  await rig.pass();
  expect(rig.status()).toBe('live');
  return { ...rig, shown: () => rig.client.price('A').getSnapshot().value?.price };
}

const BACKOFF_CAP_MS = 2000;

describe('a lost connection', () => {
  it('is reported at once and resumed from its last position', async () => {
    const { client, gateway, pass, shown, status } = await upRig();
    gateway.last.update({ prices: [priceValue('A', '2')] });
    gateway.last.end({ message: 'A reset.', code: 1006 });
    await pass();
    expect(client.connection.getSnapshot()).toMatchObject({
      state: 'reconnecting',
      attempt: 1,
      error: { code: 1006, message: 'A reset.' },
    });
    expect(shown()).toBe('2');
    await pass(250);
    expect(gateway.connections).toHaveLength(2);
    expect(gateway.last.request).toMatchObject({ held: ['price:A'], position: 'life1:2', added: [] });
    gateway.last.welcome();
    await pass();
    // It does not become live before its values are current.
    expect(status()).toBe('reconnecting');
    gateway.last.answer();
    await pass();
    expect(client.connection.getSnapshot()).toMatchObject({ state: 'live', attempt: 0, error: null });
  });

  it('that dies silently is reported within 3 s, when two heartbeats are missing', async () => {
    const { gateway, pass, status } = await upRig();
    for (let beat = 0; beat < 5; beat++) {
      await pass(1900);
      gateway.last.alive();
    }
    expect([status(), gateway.connections.length]).toEqual(['live', 1]);
    await pass(1999);
    expect(status()).toBe('live');
    await pass(1);
    expect(status()).toBe('reconnecting');
    expect(gateway.open).toEqual([]);
  });

  it('is not assumed where the gateway announces no heartbeat', async () => {
    const { client, gateway, pass, status } = clientRig();
    client.price('A').subscribe(() => undefined);
    await pass();
    gateway.last.welcome(0);
    gateway.last.answer();
    await pass(3_600_000);
    expect([status(), gateway.connections.length]).toEqual(['live', 1]);
  });

  it('is not assumed while the page was too busy to read', async () => {
    const { clock, gateway, page, pass, status } = await upRig();
    // A page that is stuck for 10 s: the timer fires late, and messages that have arrived are read after it.
    const late = vi.spyOn(clock, 'monotonic').mockImplementation(() => 12_000);
    await clock.advance(2000);
    page.frame();
    expect(status()).toBe('live');
    gateway.last.alive();
    late.mockRestore();
    await pass(250);
    expect(status()).toBe('live');
    expect(gateway.connections).toHaveLength(1);
  });

  it('is retried forever, with growing random delays, and never in a tight loop', async () => {
    const { clock, gateway, pass } = await upRig();
    const tries: number[] = [];
    const last = gateway.connections.length;
    gateway.last.end();
    while (clock.monotonic() < 600_000) {
      await pass(10);
      if (gateway.connections.length === last + tries.length) continue;
      tries.push(clock.monotonic());
      gateway.last.end();
    }
    const waits = tries.map((at, index) => at - (tries[index - 1] ?? 0));
    expect(waits[0]).toBeLessThanOrEqual(260);
    expect(Math.max(...waits)).toBeGreaterThan(BACKOFF_CAP_MS);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_010);
    expect(tries.length).toBeGreaterThan(50);
    expect(tries.length).toBeLessThan(250);
    expect(new Set(waits).size).toBeGreaterThan(tries.length / 3);
  });

  it('is restored no sooner than the gateway asks, also when the network comes back', async () => {
    const { client, gateway, page, pass } = await upRig();
    gateway.last.end({ code: 4529, retryAfterMs: 20_000 });
    page.setOnline(false);
    page.setOnline(true);
    await pass(19_999);
    expect(gateway.connections).toHaveLength(1);
    expect(client.connection.getSnapshot().nextTryAt).toBeGreaterThan(0);
    await pass(251);
    expect(gateway.connections).toHaveLength(2);
  });

  it('is restored at once when the browser is online again', async () => {
    const { gateway, page, pass, status } = await upRig();
    page.setOnline(false);
    gateway.last.end();
    await pass();
    expect(status()).toBe('offline');
    for (let tries = 0; tries < 20; tries++) {
      await pass(BACKOFF_CAP_MS);
      gateway.last.end();
    }
    const before = gateway.connections.length;
    page.setOnline(true);
    await pass();
    expect(gateway.connections).toHaveLength(before + 1);
    expect(status()).toBe('reconnecting');
  });

  it('is not assumed while messages come, although the browser says offline', async () => {
    const { page, pass, status } = await upRig();
    page.setOnline(false);
    await pass(100);
    expect(status()).toBe('live');
  });

  it('to a restarted gateway gets all values again', async () => {
    const { gateway, pass, shown } = await upRig();
    gateway.last.end({ code: 4503 });
    gateway.epoch = 'life2';
    await pass(250);
    gateway.last.open({ prices: [priceValue('A', '9')] });
    await pass();
    expect(shown()).toBe('9');
    gateway.last.end();
    await pass(500);
    expect(gateway.last.request.position).toMatch(/^life2:/);
  });

  it('drops the parts of an incomplete update, which are sent again', async () => {
    const { gateway, pass, shown } = await upRig();
    gateway.last.update({ prices: [priceValue('A', '2')] }, false);
    gateway.last.end();
    await pass(250);
    expect(gateway.last.request.position).toBe('life1:1');
    await pass(249);
    expect(shown()).toBe('1');
  });

  it('ignores late events of the old connection', async () => {
    const { gateway, pass, shown, status } = await upRig();
    const old = gateway.last;
    old.end();
    await pass(250);
    old.update({ prices: [priceValue('A', '666')] });
    old.end({ retry: false });
    gateway.last.open();
    await pass();
    expect([status(), shown(), gateway.connections.length]).toEqual(['live', '1', 2]);
  });

  it('is final when the gateway says that a retry cannot help', async () => {
    const { client, gateway, pass, status } = await upRig();
    gateway.last.end({ code: 4406, retry: false, message: 'Another protocol.' });
    await pass(600_000);
    expect(gateway.connections).toHaveLength(1);
    expect(client.connection.getSnapshot()).toMatchObject({
      state: 'closed',
      error: { code: 4406, message: 'Another protocol.' },
    });
    client.reconnect();
    await pass();
    expect(gateway.connections).toHaveLength(2);
    gateway.last.open();
    await pass();
    expect(status()).toBe('live');
  });
});

describe('a connection that cannot be made', () => {
  it.each([
    ['no answer at all', () => undefined],
    ['a welcome and nothing after it', (rig: ReturnType<typeof clientRig>) => rig.gateway.last.welcome(0)],
  ])('is given up after 10 s (%s)', async (_, answer) => {
    const rig = clientRig();
    rig.client.price('A').subscribe(() => undefined);
    await rig.pass();
    answer(rig);
    await rig.pass(9999);
    expect(rig.gateway.open).toHaveLength(1);
    expect(rig.status()).toBe('connecting');
    await rig.pass(1);
    expect(rig.gateway.open).toHaveLength(0);
    expect(rig.client.connection.getSnapshot().error!.message).toContain('10000 ms');
    await rig.pass(250);
    expect(rig.gateway.open).toHaveLength(1);
  });

  it('because the token never comes is retried', async () => {
    const token = vi.fn(() => new Promise<string>(() => undefined));
    const { client, gateway, pass } = clientRig({ token });
    client.price('A').subscribe(() => undefined);
    await pass(10_000);
    await pass(250);
    expect(token).toHaveBeenCalledTimes(2);
    expect(gateway.connections).toHaveLength(0);
  });

  it('because the token function failed is reported without its message, which may contain a token', async () => {
    const token = vi.fn(() => {
      throw new TypeError('secret-token is no token');
    });
    const { client, pass } = clientRig({ token });
    client.price('A').subscribe(() => undefined);
    await pass();
    const { error, state } = client.connection.getSnapshot();
    expect([state, error!.message]).toEqual(['connecting', 'The token function failed (TypeError).']);
    await pass(2000);
    expect(token.mock.calls.length).toBeGreaterThan(1);
  });
});

describe('the feed of the gateway', () => {
  it('must be live for the client to be live', async () => {
    const { client, gateway, pass, status } = await upRig();
    const feed = { ...FEED, feed: 'reconnecting', attempt: 1 } as const;
    gateway.last.update({ status: feed });
    await pass();
    expect(client.connection.getSnapshot()).toMatchObject({ state: 'stale', feed });
    gateway.last.update({ status: FEED });
    await pass();
    expect(status()).toBe('live');
  });
});

describe('a token', () => {
  const tokenRig = () => {
    let count = 0;
    const token = vi.fn(
      ({ isRenewal }: { isRenewal: boolean }) => `${isRenewal ? 'new' : 'cached'}-${++count}`,
    );
    return { token, ...clientRig({ token }) };
  };

  it('is requested for each connection', async () => {
    const { client, gateway, pass } = tokenRig();
    client.price('A').subscribe(() => undefined);
    await pass();
    expect(gateway.last.request.token).toBe('cached-1');
    gateway.last.open();
    gateway.last.end();
    await pass(250);
    expect(gateway.last.request.token).toBe('cached-2');
  });

  it('that is rejected is renewed once, then the client is unauthorized', async () => {
    const { client, gateway, pass, status } = tokenRig();
    client.price('A').subscribe(() => undefined);
    await pass();
    const refused = { code: 4401, retry: false, message: 'Nothing was granted.' };
    gateway.last.end(refused);
    await pass(250);
    expect(gateway.last.request.token).toBe('new-2');
    gateway.last.end(refused);
    await pass(600_000);
    expect([status(), gateway.connections.length]).toEqual(['unauthorized', 2]);

    client.reconnect();
    await pass();
    expect(gateway.last.request.token).toBe('new-3');
    gateway.last.open();
    await pass();
    expect(status()).toBe('live');
    gateway.last.end(refused);
    await pass(250);
    expect(gateway.last.request.token).toBe('new-4');
  });

  it('that grants nothing is renewed, too, and then those topics are denied', async () => {
    const { client, gateway, pass, status } = tokenRig();
    client.portfolio('other').subscribe(() => undefined);
    await pass();
    const refused = [{ topic: 'portfolio:other', reason: 'denied' }] as const;
    const grantNothing = (): void => {
      gateway.last.welcome();
      gateway.last.answer({}, { refused: [...refused] });
    };
    grantNothing();
    await pass(250);
    expect(client.portfolio('other').getSnapshot().state).toBe('loading');
    grantNothing();
    await pass(4999);
    expect(status()).toBe('unauthorized');
    expect(client.portfolio('other').getSnapshot()).toMatchObject({ state: 'unavailable', reason: 'denied' });
    expect(gateway.connections).toHaveLength(2);

    // Another topic may be granted.
    client.portfolio('own').subscribe(() => undefined);
    await pass();
    expect(gateway.connections).toHaveLength(3);
    expect(gateway.last.topics).toEqual(['portfolio:own']);
    gateway.last.open();
    await pass();
    expect(status()).toBe('live');
  });

  it('that grants nothing is tried again at growing intervals, without changing the shown state', async () => {
    const { client, gateway, pass, status } = tokenRig();
    const states: string[] = [];
    client.portfolio('other').subscribe(() => undefined);
    await pass();
    const refused = [{ topic: 'portfolio:other', reason: 'denied' }] as const;
    let answered = 0;
    for (let second = 0; second < 600; second++) {
      for (; answered < gateway.connections.length; answered++) {
        gateway.connections[answered]!.welcome();
        gateway.connections[answered]!.answer({}, { refused: [...refused] });
      }
      await pass(1000);
      if (second > 2) states.push(status());
    }
    // Twice at once, then after 5 to 10 s, 10 to 20 s, … and each one to two minutes.
    expect(answered).toBeGreaterThan(8);
    expect(answered).toBeLessThan(16);
    expect(new Set(states)).toEqual(new Set(['unauthorized']));
    for (; answered === gateway.connections.length;) await pass(1000);
    gateway.last.welcome();
    gateway.last.answer({ portfolios: [portfolioValue('other', '5.00')] });
    await pass();
    expect(status()).toBe('live');
    expect(client.portfolio('other').getSnapshot()).toMatchObject({ state: 'ready', reason: null });
  });

  it('is not waited for if there is none: with a rejected cookie the client is unauthorized', async () => {
    const { client, gateway, pass, status } = clientRig();
    client.price('A').subscribe(() => undefined);
    await pass();
    gateway.last.end({ code: 4401, retry: false });
    await pass(60_000);
    expect([status(), gateway.connections.length]).toEqual(['unauthorized', 1]);
  });

  it('is renewed before it expires, without a visible gap', async () => {
    const { client, gateway, pass, status } = tokenRig();
    client.price('A').subscribe(() => undefined);
    await pass();
    gateway.last.welcome(0);
    gateway.last.answer({ prices: [priceValue('A', '1')] }, { expiresAt: gateway.serverTime() + 100_000 });
    await pass(79_999);
    expect(gateway.connections).toHaveLength(1);
    await pass(1);
    expect(gateway.open).toHaveLength(1);
    expect(gateway.last.request).toMatchObject({ token: 'new-2', held: ['price:A'], position: 'life1:1' });
    expect(status()).toBe('live');
    gateway.last.welcome(0);
    gateway.last.answer({}, { expiresAt: gateway.serverTime() + 100_000 });
    await pass(79_999);
    expect([status(), gateway.connections.length]).toEqual(['live', 2]);
    await pass(1);
    expect(gateway.connections).toHaveLength(3);
  });

  it('that has expired is renewed, and no clock can turn that into a loop', async () => {
    const { client, gateway, pass } = tokenRig();
    client.price('A').subscribe(() => undefined);
    await pass();
    for (let time = 0; time < 60_000; time += 50) {
      const connection = gateway.open[0];
      if (connection?.topics.length) {
        connection.welcome(0);
        connection.answer({}, { expiresAt: gateway.serverTime() - 1 });
        connection.send({ type: 'ended', topics: ['price:A'], reason: 'expired' });
      }
      await pass(50);
    }
    expect(gateway.connections.length).toBeGreaterThan(20);
    expect(gateway.connections.length).toBeLessThan(150);
    expect(gateway.last.request.token).toMatch(/^new/);
  });
});

describe('a connection that cannot change its topics', () => {
  async function streamRig() {
    const rig = clientRig();
    rig.gateway.canChange = false;
    rig.client.price('A').subscribe(() => undefined);
    await rig.pass();
    rig.gateway.last.open({ prices: [priceValue('A', '1')] });
    await rig.pass(1000);
    rig.gateway.last.alive();
    return rig;
  }

  it('is replaced for new topics, resumed from its position, and the client stays live', async () => {
    const { client, gateway, pass, status } = await streamRig();
    client.price('B').subscribe(() => undefined);
    await pass();
    expect(gateway.open).toHaveLength(1);
    expect(gateway.last.request).toMatchObject({
      held: ['price:A'],
      position: 'life1:1',
      added: ['price:B'],
    });
    expect(status()).toBe('live');
    gateway.last.open({ prices: [priceValue('B', '2')] });
    await pass();
    expect(client.price('B').getSnapshot().value!.price).toBe('2');
  });

  it('is replaced once for many changes', async () => {
    const { client, gateway, pass } = await streamRig();
    for (let symbol = 0; symbol < 100; symbol++) {
      client.price(`S${symbol}`).subscribe(() => undefined);
      await pass(10);
      if (!gateway.last.isClosed) gateway.last.open();
    }
    await pass(250);
    expect(gateway.last.topics).toHaveLength(101);
    expect(gateway.connections.length).toBeLessThanOrEqual(7);
  });

  it('keeps unused topics for a while', async () => {
    const { client, gateway, pass } = await streamRig();
    const stop = client.price('B').subscribe(() => undefined);
    await pass();
    gateway.last.open();
    stop();
    for (let time = 0; time < 5400; time += 900) {
      await pass(900);
      gateway.last.alive();
    }
    expect(gateway.connections).toHaveLength(2);
    await pass(200);
    expect(gateway.connections).toHaveLength(3);
    expect(gateway.last.request).toMatchObject({ held: ['price:A'], added: [] });
  });

  it('is lost like any other when its replacement does not answer', async () => {
    const { client, gateway, pass, status } = await streamRig();
    client.price('B').subscribe(() => undefined);
    await pass(1999);
    expect(status()).toBe('live');
    await pass(1);
    expect(status()).toBe('reconnecting');
    await pass(250);
    expect(gateway.last.request).toMatchObject({ held: ['price:A'], added: ['price:B'] });
  });
});
