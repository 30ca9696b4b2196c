import { afterEach, describe, expect, test } from 'vitest';
import { BUS_GAP, InMemoryEventBus, PriceChangedBatch, type BusGapEvent, type DomainEvent } from 'tickmark';
import type { ReaderIdentity, SecurityEvent } from 'tickmark/gateway';
import { ACCESS_CHANGED } from '../../src/gateway/readers/access-change.js';
import { DESK, GatewayRig, type RigOptions } from './rig/gateway-rig.js';
import type { StreamReader } from './rig/stream-reader.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

const OTHER = { ...DESK, id: 'other' };
const TOPICS = ['portfolio:desk', 'portfolio:other', 'price:ACME'];
const as = (name: string, topics = TOPICS) => rig.stream(topics, {}, { authorization: name });
const shown = (reader: StreamReader): string[] =>
  reader
    .of('update')
    .flatMap(({ portfolios = [], prices = [] }) => [
      ...portfolios.map(({ id }) => id),
      ...prices.map(({ symbol }) => symbol),
    ]);
const gap = (): BusGapEvent => ({
  type: BUS_GAP,
  id: 'gap',
  occurredAt: 1,
  from: 1,
  to: 2,
  types: [ACCESS_CHANGED],
  lost: null,
  reason: 'disconnect',
});

describe('revoke()', () => {
  test('by subject ends all topics of that reader, including prices', async () => {
    const events: SecurityEvent[] = [];
    await start({ portfolios: [DESK, OTHER], onSecurityEvent: (event) => events.push(event) });
    const [alice, bob] = [await as('alice'), await as('bob')];
    expect(await rig.gateway.revoke({ subject: 'alice' })).toBe(3);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(shown(alice)).toEqual([]);
    expect(alice.last('close')).toMatchObject({ code: 4401 });
    expect(shown(bob)).toEqual(['desk', 'other', 'ACME']);
    expect(events).toMatchObject([{ type: 'revoked', subject: 'alice', detail: '3 topics' }]);
    expect(rig.gateway.stats().revoked).toBe(3);
  });

  test('without a field ends all topics of all readers, and their connections', async () => {
    await start();
    const reader = await as('alice', ['portfolio:desk', 'positions:desk']);
    expect(await rig.gateway.revoke()).toBe(2);
    await rig.clock.settle();
    expect(reader.messages.slice(-2)).toMatchObject([
      { type: 'ended', reason: 'revoked' },
      { type: 'close', code: 4401 },
    ]);
    expect(reader.isDone).toBe(true);
  });

  test('names the topics that it has ended', async () => {
    await start({ portfolios: [DESK, OTHER] });
    const alice = await as('alice');
    await rig.gateway.revoke({ subject: 'alice', portfolioId: 'desk' });
    await rig.clock.settle();
    expect(alice.last('ended')).toMatchObject({ topics: ['portfolio:desk'], reason: 'revoked' });
  });

  test.each([
    [{ portfolioId: 'desk' }, ['other', 'ACME'], ['other', 'ACME']],
    [{ symbol: 'ACME' }, ['desk', 'other'], ['desk', 'other']],
    [{ subject: 'alice', portfolioId: 'desk' }, ['other', 'ACME'], ['desk', 'other', 'ACME']],
    [{ subject: 'alice', symbol: 'ACME' }, ['desk', 'other'], ['desk', 'other', 'ACME']],
    [{ where: ({ subject }: { subject: string }) => subject === 'bob' }, ['desk', 'other', 'ACME'], []],
  ])('of %o ends nothing else', async (revocation, ofAlice, ofBob) => {
    await start({ portfolios: [DESK, OTHER] });
    const [alice, bob] = [await as('alice'), await as('bob')];
    await rig.gateway.revoke(revocation);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect([shown(alice), shown(bob)]).toEqual([ofAlice, ofBob]);
  });

  test('applies to a subscription that is authorized but not established yet', async () => {
    const answers: Array<(allowed: boolean) => void> = [];
    await start({ authorize: () => new Promise((resolve) => answers.push(resolve)) });
    const pending = rig.gateway.handle(rig.request(['price:ACME'], {}, { authorization: 'alice' }));
    await rig.clock.settle();
    answers[0]!(true);
    const revoked = rig.gateway.revoke({ subject: 'alice' });
    expect((await pending).status).toBe(403);
    expect(await revoked).toBe(1);
  });

  test('applies to a topic whose grant is being checked again', async () => {
    let isFirst = true;
    const answers: Array<(allowed: boolean) => void> = [];
    await start({
      authorize: () => {
        if (!isFirst) return new Promise((resolve) => answers.push(resolve));
        isFirst = false;
        return { expiresAt: rig.clock.now() + 1000 };
      },
    });
    const reader = await as('alice', ['portfolio:desk']);
    await rig.clock.advance(1000);
    expect(await rig.gateway.revoke()).toBe(1);
    answers[0]!(true);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.last('ended')).toMatchObject({ reason: 'revoked' });
    expect(shown(reader)).toEqual([]);
  });

  test('applies to a reader while its new credentials are being checked', async () => {
    const answers: Array<(identity: ReaderIdentity) => void> = [];
    await start({
      authenticate: ({ headers }) =>
        headers.get('authorization')?.startsWith('Bearer')
          ? new Promise((resolve) => answers.push(resolve))
          : { subject: 'alice' },
    });
    const socket = rig.socket();
    socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.settle();
    socket.say({ type: 'auth', token: 'next' });
    await rig.clock.settle();
    await rig.gateway.revoke({ subject: 'alice' });
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    answers[0]!({ subject: 'alice' });
    await rig.clock.settle();
    await rig.prices({ ACME: '3' });
    expect(socket.of('update')).toHaveLength(0);
  });

  test('reaches the gateways of other processes, unless it has a function', async () => {
    await start({ portfolios: [DESK, OTHER] });
    const there = await GatewayRig.beside(rig);
    const reader = await there.stream(TOPICS, {}, { authorization: 'alice' });
    await rig.gateway.revoke({ where: () => true });
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(shown(reader)).toEqual(['desk', 'other', 'ACME']);
    await rig.gateway.revoke({ subject: 'alice', portfolioId: 'desk' });
    await rig.prices({ ACME: '4', GLOBEX: '5' });
    expect(shown(reader).slice(3)).toEqual(['other', 'ACME']);
    await rig.gateway.disconnect({ subject: 'alice' });
    await rig.clock.settle();
    expect(reader.last('close')).toMatchObject({ code: 4401 });
    await there.endGateway();
  });

  test('rejects if the bus does not accept the event, and has revoked nevertheless', async () => {
    await start();
    const reader = await as('alice', ['portfolio:desk']);
    const { bus } = rig;
    const publish = bus.publish.bind(bus);
    bus.publish = (events: DomainEvent | readonly DomainEvent[]) =>
      'type' in events && events.type === ACCESS_CHANGED
        ? Promise.reject(new Error('down'))
        : publish(events);
    await expect(rig.gateway.revoke({ subject: 'alice' })).rejects.toThrow('down');
    expect(reader.last('ended')).toMatchObject({ reason: 'revoked' });
  });
});

describe('disconnect()', () => {
  test('ends the connections of a subject only', async () => {
    await start();
    const [alice, bob] = [await as('alice', ['portfolio:desk']), await as('bob', ['portfolio:desk'])];
    const socket = rig.socket({ authorization: 'alice' });
    expect(await rig.gateway.disconnect({ subject: 'alice' })).toBe(2);
    await rig.clock.settle();
    expect([alice.isDone, bob.isDone, socket.closeCode]).toEqual([true, false, 4401]);
  });

  test('refuses a request whose authentication began earlier', async () => {
    const answers: Array<(identity: ReaderIdentity) => void> = [];
    await start({ authenticate: () => new Promise((resolve) => answers.push(resolve)) });
    const pending = rig.gateway.handle(rig.request(['portfolio:desk']));
    await rig.clock.settle();
    void rig.gateway.disconnect({ subject: 'alice' });
    answers[0]!({ subject: 'alice' });
    expect((await pending).status).toBe(401);
    await rig.clock.advance(1);
    const later = rig.gateway.handle(rig.request(['portfolio:desk']));
    answers[1]!({ subject: 'alice' });
    expect((await later).status).toBe(200);
  });
});

describe('after a gap of the bus', () => {
  test('nothing of a grant is sent before it was authorized again', async () => {
    const answers: Array<(allowed: boolean) => void> = [];
    let isFirst = true;
    await start({
      authorize: () => {
        if (!isFirst) return new Promise((resolve) => answers.push(resolve));
        isFirst = false;
        return true;
      },
    });
    const reader = await as('alice', ['portfolio:desk']);
    await rig.bus.publish(gap());
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(shown(reader)).toEqual([]);
    answers[0]!(true);
    await rig.clock.settle();
    expect(reader.last('snapshot')).toMatchObject({ recovered: true, portfolios: [{ id: 'desk' }] });
  });

  test('a grant that was revoked meanwhile ends', async () => {
    let allowed = true;
    await start({ authorize: () => allowed });
    const reader = await as('alice', ['portfolio:desk']);
    allowed = false;
    await rig.bus.publish(gap());
    await rig.clock.settle();
    expect(reader.last('ended')).toMatchObject({ reason: 'revoked' });
  });

  test('a subscription in progress is refused as busy', async () => {
    const answers: Array<(allowed: boolean) => void> = [];
    await start({ authorize: () => new Promise((resolve) => answers.push(resolve)) });
    const socket = rig.socket();
    socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.settle();
    await rig.bus.publish(gap());
    answers[0]!(true);
    await rig.clock.settle();
    expect(socket.last('snapshot')).toMatchObject({ granted: [], refused: [{ reason: 'busy' }] });
  });
});

describe('while grants cannot be checked', () => {
  const failing = (whileUnchecked?: 'pause' | 'continue') => {
    let fails = false;
    return {
      fail: (does: boolean) => (fails = does),
      options: {
        ...(whileUnchecked && { whileUnchecked }),
        authorize: () => {
          if (fails) throw new Error('away');
          return true;
        },
      } satisfies RigOptions,
    };
  };

  test('values pause and the connection stays open', async () => {
    const { fail, options } = failing();
    await start(options);
    const reader = await as('alice', ['portfolio:desk', 'price:ACME']);
    fail(true);
    await rig.bus.publish(gap());
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(shown(reader)).toEqual([]);
    expect(reader.last('ended')).toMatchObject({ reason: 'busy', topics: ['portfolio:desk', 'price:ACME'] });
    expect(reader.isDone).toBe(false);
  });

  test('with whileUnchecked: "continue" values are still sent, and authorize is called again', async () => {
    const { fail, options } = failing('continue');
    await start(options);
    const reader = await as('alice', ['portfolio:desk']);
    fail(true);
    await rig.bus.publish(gap());
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    await rig.clock.advance(12_000);
    await rig.prices({ ACME: '4' });
    expect(shown(reader)).toEqual(['desk', 'desk']);
    expect(reader.last('snapshot').granted).toMatchObject([{ topic: 'portfolio:desk', recovered: true }]);
    expect(reader.of('ended')).toEqual([]);
    fail(false);
    await rig.clock.advance(5000);
    expect(reader.last('snapshot').granted).toMatchObject([{ expiresAt: null }]);
  });
});

describe('a bus that does not deliver', () => {
  class DeafBus extends InMemoryEventBus {
    isDeaf = true;
    override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
      return this.isDeaf ? Promise.resolve() : super.publish(events);
    }
  }

  test('makes the feed unknown, and grants are checked again once it delivers', async () => {
    let asked = 0;
    await start({
      busOf: (clock) => new DeafBus({ clock }),
      stream: { getStatus: () => ({ state: 'subscribed' }) as never, onStatus: () => () => undefined },
      authorize: () => ++asked > 0,
    });
    const bus = rig.bus as DeafBus;
    const reader = await as('alice', ['portfolio:desk']);
    expect(reader.last('welcome').status.feed).toBe('unknown');
    expect(rig.gateway.stats().busDelivers).toBe(false);
    // The engine has newer values, and no revocation could have arrived.
    const [price, now] = ['7', rig.clock.now()];
    const updates = ['ACME', 'GLOBEX'].map((symbol) => ({ symbol, price, timestamp: now }));
    rig.engine.positionBook.applyPrices(PriceChangedBatch.ofUpdates(updates, now));
    rig.engine.positionBook.computeTotals();
    await rig.clock.advance(6000);
    expect(shown(reader)).toEqual([]);
    bus.isDeaf = false;
    await rig.clock.advance(1000);
    expect(rig.gateway.stats().busDelivers).toBe(true);
    expect(asked).toBe(2);
    expect(reader.of('update').at(-1)!.status!.feed).toBe('subscribed');
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.last('update').portfolios).toMatchObject([{ id: 'desk', marketValue: '350.00' }]);
    bus.isDeaf = true;
    await rig.clock.advance(6000);
    expect(rig.gateway.stats().busDelivers).toBe(false);
    expect(reader.of('update').at(-1)!.status!.feed).toBe('unknown');
  });
});
