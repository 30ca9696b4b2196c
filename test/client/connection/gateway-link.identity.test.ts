import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TickmarkClientOptions } from 'tickmark/client';
import { clientRig } from '../client-rig.js';
import { priceValue } from '../messages.js';

const nothing = (): void => undefined;

/** A client whose tokens the test hands out, and whose connection is up with a grant for 100 s. */
async function slowTokenRig({
  canChange = false,
  canAuthenticate = false,
  ...options
}: {
  canChange?: boolean;
  canAuthenticate?: boolean;
} & Partial<TickmarkClientOptions> = {}) {
  const waiting: { resolve: (token: string) => void; reject: (error: Error) => void; isRenewal: boolean }[] =
    [];
  const rig = clientRig({
    token: ({ isRenewal }) => new Promise((resolve, reject) => waiting.push({ resolve, reject, isRenewal })),
    ...options,
  });
  Object.assign(rig.gateway, { canChange, canAuthenticate });
  rig.client.price('A').subscribe(nothing);
  await rig.pass();
  waiting[0]!.resolve('one');
  await rig.pass();
  rig.gateway.last.welcome(0);
  const expiresAt = rig.gateway.serverTime() + 100_000;
  rig.gateway.last.answer({ prices: [priceValue('A', '1')] }, { expiresAt });
  await rig.pass();
  expect(rig.status()).toBe('live');
  return { ...rig, waiting, shown: () => rig.client.price('A').getSnapshot().value?.price };
}

// field-faults, 17.3: the good connection was dropped before the token service had answered.
describe('a token service that is slow', () => {
  it('does not interrupt a connection that works, and is asked once', async () => {
    const { client, gateway, pass, shown, status, waiting } = await slowTokenRig();
    await pass(80_000);
    expect(waiting).toHaveLength(2);
    expect(waiting[1]!.isRenewal).toBe(true);
    client.price('B').subscribe(nothing);
    await pass(4000);
    gateway.last.update({ prices: [priceValue('A', '2')] });
    await pass();
    expect([shown(), status(), waiting.length, gateway.connections.length]).toEqual(['2', 'live', 2, 1]);
    waiting[1]!.resolve('two');
    await pass();
    // What was wanted meanwhile is asked for with it.
    expect(gateway.connections).toHaveLength(2);
    expect(gateway.open).toEqual([gateway.last]);
    expect(gateway.last.request).toMatchObject({ token: 'two', held: ['price:A'], added: ['price:B'] });
    expect(status()).toBe('live');
  });

  it('that fails keeps the old connection until the gateway ends it, and is asked again', async () => {
    const { client, gateway, pass, status, waiting } = await slowTokenRig();
    await pass(80_000);
    waiting[1]!.reject(new TypeError('secret'));
    await pass();
    expect(status()).toBe('live');
    expect(client.connection.getSnapshot().error?.message).toBe('The token function failed (TypeError).');
    await pass(2000);
    expect(waiting.length).toBeGreaterThan(2);
    expect([gateway.connections.length, status()]).toEqual([1, 'live']);
    gateway.last.end({ code: 4401, retry: false });
    await pass();
    expect(status()).toBe('reconnecting');
    waiting.at(-1)!.resolve('three');
    await pass(250);
    expect(gateway.last.request.token).toBe('three');
    gateway.last.open({ prices: [priceValue('A', '3')] });
    await pass();
    expect(client.connection.getSnapshot()).toMatchObject({ state: 'live', error: null });
  });

  it('that hangs is given up in time, without losing the connection', async () => {
    const { client, pass, status, waiting } = await slowTokenRig({ openTimeoutMs: 1000 });
    await pass(80_000);
    await pass(1000);
    expect(status()).toBe('live');
    expect(client.connection.getSnapshot().error?.message).toContain('has not answered within 1000 ms');
    await pass(3000);
    expect(waiting.length).toBeGreaterThan(2);
  });

  it('that answers when the old connection has just ended gives the token to the next one', async () => {
    const { gateway, pass, status, waiting } = await slowTokenRig();
    await pass(80_000);
    gateway.last.end({ code: 1006 });
    await pass(1000);
    expect([status(), waiting.length, gateway.connections.length]).toEqual(['reconnecting', 2, 1]);
    waiting[1]!.resolve('two');
    await pass();
    expect([waiting.length, gateway.connections.length]).toEqual([2, 2]);
    expect(gateway.last.request.token).toBe('two');
  });

  it('whose token the open connection takes needs no other one', async () => {
    const { gateway, pass, waiting } = await slowTokenRig({ canChange: true, canAuthenticate: true });
    await pass(80_000);
    waiting[1]!.resolve('two');
    await pass();
    expect([gateway.connections.length, gateway.last.tokens]).toEqual([1, ['two']]);
    const granted = [{ topic: 'price:A', recovered: true, expiresAt: gateway.serverTime() + 100_000 }];
    gateway.last.send({ type: 'authenticated', subject: 'ann', granted });
    await pass(79_999);
    expect(waiting).toHaveLength(2);
    await pass(1);
    expect(waiting).toHaveLength(3);
  });

  it.each(['no answer', 'a failure'])(
    'whose token reaches the open connection with %s gets another connection',
    async (how) => {
      const { gateway, pass, waiting } = await slowTokenRig({ canChange: true, canAuthenticate: true });
      await pass(80_000);
      waiting[1]!.resolve('two');
      await pass();
      if (how === 'a failure') gateway.last.unchangeable();
      await pass(how === 'a failure' ? 0 : 10_000);
      expect([waiting.length, gateway.connections.length]).toEqual([3, 1]);
      waiting[2]!.resolve('three');
      await pass();
      expect(gateway.connections).toHaveLength(2);
      expect(gateway.last.request.token).toBe('three');
    },
  );
});

// field-faults, 17.4
describe('a verdict', () => {
  const rejected = async () => {
    const rig = clientRig();
    rig.client.price('A').subscribe(nothing);
    await rig.pass();
    rig.gateway.last.end({ code: 4401, retry: false });
    await rig.pass(1000);
    expect(rig.status()).toBe('unauthorized');
    return rig;
  };

  it('outlasts a page that is hidden and shown', async () => {
    const { gateway, page, pass, status } = await rejected();
    page.setVisible(false);
    await pass(60_000);
    page.setVisible(true);
    await pass(60_000);
    expect([status(), gateway.connections.length]).toEqual(['unauthorized', 1]);
  });

  it('is tried again when another topic is wanted, then with all topics', async () => {
    const { client, gateway, pass, status } = await rejected();
    client.price('B').subscribe(nothing);
    await pass();
    expect(gateway.last.topics).toEqual(['price:A', 'price:B']);
    gateway.last.open();
    await pass();
    expect(status()).toBe('live');
  });

  it('that the address is refused outlasts hiding, too', async () => {
    const { client, gateway, page, pass, status } = clientRig();
    client.price('A').subscribe(nothing);
    await pass();
    gateway.last.end({ code: 410, retry: false });
    page.setVisible(false);
    await pass(10_000);
    page.setVisible(true);
    await pass(10_000);
    expect([status(), gateway.connections.length]).toEqual(['closed', 1]);
  });

  it('is followed by a new try with reconnect(), also with one that was called while the page was hidden', async () => {
    const { client, gateway, page, pass, status } = await rejected();
    page.setVisible(false);
    await pass(10_000);
    client.reconnect();
    await pass(10_000);
    expect(gateway.connections).toHaveLength(1);
    page.setVisible(true);
    await pass();
    expect(gateway.connections).toHaveLength(2);
    gateway.last.open();
    await pass();
    expect(status()).toBe('live');
  });
});

describe('silence of a gateway', () => {
  afterEach(() => vi.restoreAllMocks());

  it('after its server has begun to answer is said to be that of a proxy, once on the console', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { client, gateway, pass } = clientRig();
    client.price('A').subscribe(nothing);
    await pass();
    gateway.last.answered();
    await pass(10_000);
    expect(client.connection.getSnapshot().error).toMatchObject({ cause: 'buffering' });
    await pass(12_000);
    expect(client.connection.getSnapshot().error).toMatchObject({ cause: null });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]).toEqual([expect.stringMatching(/^tickmark: .*a proxy .* \(buffering\)/)]);
  });
});
