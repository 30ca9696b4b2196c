import { FakeClock } from 'tickmark/conformance';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Addresses } from '../../src/gateway/admission/addresses.js';
import { resolveLimits } from '../../src/gateway/gateway-limits.js';
import { GatewayRig } from './rig/gateway-rig.js';
import { FakeSocket } from './rig/fake-socket.js';

const ADDRESS = '10.0.0.1';

describe('an address that breaks rules', () => {
  let clock: FakeClock;
  let addresses: Addresses;

  beforeEach(() => {
    clock = new FakeClock();
    addresses = new Addresses(resolveLimits({ violationsPerAddress: 3, openingsPerAddress: 10 }), clock);
  });

  const violate = (count: number) => {
    for (let index = 0; index < count; index++) addresses.recordViolation(ADDRESS);
  };
  const waitMs = (): number | undefined => {
    const ban = addresses.banOf(ADDRESS);
    ban?.delayed?.done();
    return ban?.waitMs;
  };

  test('is banned above the limit, for twice as long each further time, up to a minute', async () => {
    violate(3);
    expect(waitMs()).toBeUndefined();
    const bans: number[] = [];
    for (let count = 0; count < 8; count++) {
      violate(3);
      bans.push(waitMs()!);
      await clock.advance(bans.at(-1)! - 1);
      expect(waitMs()).toBe(1);
      await clock.advance(1);
      expect(waitMs()).toBeUndefined();
    }
    expect(bans).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(addresses.banOf('10.0.0.2')).toBeNull();
  });

  test('starts from zero and is forgotten after a rest', async () => {
    violate(4);
    expect(waitMs()).toBe(1000);
    await clock.advance(79_000);
    addresses.sweep();
    expect(addresses.size).toBe(1);
    await clock.advance(1000);
    addresses.sweep();
    expect(addresses.size).toBe(0);
    violate(4);
    expect(waitMs()).toBe(1000);
  });

  test('may do so by opening connections too fast, which counts a tenth', () => {
    for (let count = 0; count < 20 + 29; count++) addresses.admit(ADDRESS);
    expect(waitMs()).toBeUndefined();
    for (let count = 0; count < 2; count++) addresses.admit(ADDRESS);
    expect(waitMs()).toBe(1000);
  });

  test('has a few refusals delayed, and the others are not answered', () => {
    violate(4);
    const held = Array.from({ length: 10 }, () => addresses.banOf(ADDRESS)!.delayed!);
    expect(held.map(({ delayMs: forMs }) => forMs)).toEqual([...Array<number>(8).fill(1000), 0, 0]);
    for (const { done: over } of held) over();
    expect(addresses.banOf(ADDRESS)!.delayed!.delayMs).toBe(1000);
  });
});

describe('a gateway', () => {
  let rig: GatewayRig;

  afterEach(() => rig.end());

  const open = (address = ADDRESS): FakeSocket => {
    const socket = new FakeSocket();
    rig.gateway.open(socket, rig.request([]), { address });
    return socket;
  };

  test('ends connections that break rules, and refuses new ones of the address for a while; open ones stay', async () => {
    rig = await GatewayRig.start({ limits: { violationsPerAddress: 2 } });
    const neighbour = open();
    for (let count = 0; count < 3; count++) open().sayText('{');
    const refused = open();
    expect(refused.closeCode).toBe(4529);
    expect(refused.last('close')).toMatchObject({ retry: true, retryAfterMs: 1000 });
    expect(open('10.0.0.2').closeCode).toBeUndefined();
    expect(rig.gateway.stats().limited).toEqual({ violationsPerAddress: 1 });
    neighbour.say({ type: 'subscribe', topics: ['price:ACME'] });
    await rig.clock.advance(1000);
    expect(neighbour.last('snapshot')).toMatchObject({ granted: [{ topic: 'price:ACME' }] });
    expect(open().closeCode).toBeUndefined();
  });

  test('delays the answer to a request of such an address', async () => {
    rig = await GatewayRig.start({ limits: { violationsPerAddress: 1 } });
    for (let count = 0; count < 2; count++) open().sayText('{');
    let response: Response | undefined;
    void rig.gateway
      .handle(rig.request(['price:ACME']), { address: ADDRESS })
      .then((each) => void (response = each));
    await rig.clock.advance(999);
    expect(response).toBeUndefined();
    await rig.clock.advance(1);
    expect(response!.status).toBe(429);
    expect(response!.headers.get('retry-after')).toBe('1');
  });
});
