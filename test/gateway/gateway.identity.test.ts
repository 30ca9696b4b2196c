import { afterEach, describe, expect, test } from 'vitest';
import { Gateway, type ReaderIdentity, type SecurityEvent } from 'tickmark/gateway';
import type { FakeSocket } from './rig/fake-socket.js';
import { DESK, GatewayRig, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

const OTHER = { ...DESK, id: 'other' };
const LIFE_MS = 20_000;

/** Ends a call of `authenticate`. */
interface Settle {
  resolve(identity: ReaderIdentity | null): void;
  reject(error: Error): void;
}

/** `Authorization: Bearer NAME` or a cookie names the subject; without them the reader is unknown. */
const byToken = ({ headers }: Request): ReaderIdentity | null => {
  const [, name] = /^Bearer (\w+)$/.exec(headers.get('authorization') ?? '') ?? [];
  return name ? { subject: name } : null;
};

const get = (headers: Record<string, string> = {}, topics: readonly string[] = ['portfolio:desk']) =>
  rig.gateway.handle(rig.request(topics, {}, headers));

describe('authenticate', () => {
  test('is required', async () => {
    await start();
    expect(() => new Gateway({ bus: rig.bus, values: rig.engine, authorize: () => true } as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('authenticate') as string,
      }),
    );
  });

  test('that returns nobody is answered with 401 over SSE, and authorize is not called', async () => {
    const events: SecurityEvent[] = [];
    await start({ authenticate: byToken, onSecurityEvent: (event) => events.push(event) });
    const response = await get();
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ type: 'close', code: 4401, retry: false });
    expect(rig.gateway.stats().authorizations.asked).toBe(0);
    expect(events).toMatchObject([{ type: 'unauthenticated', subject: null }]);
  });

  test.each([
    ['true', true],
    ['an object without a subject', {}],
    ['an empty subject', { subject: '' }],
    ['a subject that is too long', { subject: 'x'.repeat(257) }],
    ['a number', { subject: 7 }],
    ['an expiry in the past', { subject: 'alice', expiresAt: 1 }],
    ['an expiry that is not a number', { subject: 'alice', expiresAt: 'soon' }],
    ['an expiry that is NaN', { subject: 'alice', expiresAt: NaN }],
    ['undefined', undefined],
  ])('admits nobody if it returns %s', async (_, answer) => {
    await start({ authenticate: () => answer as never });
    expect((await get()).status).toBe(401);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('the database password');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the database password'))],
    ['never answers', () => new Promise<null>(() => undefined)],
  ])('that %s makes the gateway ask the reader to retry, without the reason', async (_, authenticate) => {
    await start({ authenticate });
    const pending = get();
    await rig.clock.advance(5000);
    const response = await pending;
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('"retry":true');
    expect(text).not.toContain('password');
    expect(rig.errors.map(({ code }) => code)).toEqual(['HANDLER_FAILED']);
  });

  test('passes the subject, the topic and the context to authorize', async () => {
    const asked: unknown[] = [];
    await start({
      authenticate: () => ({ subject: 'alice', context: { role: 'trader' } }),
      authorize: (...question) => asked.push(question) > 0,
    });
    await rig.stream(['portfolio:desk', 'positions:desk', 'price:ACME']);
    expect(asked).toEqual([
      ['alice', { kind: 'portfolio', id: 'desk' }, { role: 'trader' }],
      ['alice', { kind: 'positions', id: 'desk' }, { role: 'trader' }],
      ['alice', { kind: 'price', id: 'ACME' }, { role: 'trader' }],
    ]);
  });

  test('totals may be granted without rows', async () => {
    await start({ authorize: (_, { kind }) => kind === 'portfolio' });
    const reader = await rig.stream(['portfolio:desk', 'positions:desk']);
    expect(reader.last('snapshot')).toMatchObject({
      granted: [{ topic: 'portfolio:desk' }],
      refused: [{ topic: 'positions:desk', reason: 'denied' }],
    });
  });

  test('names the subject that the reader gets in its welcome', async () => {
    await start({ authenticate: byToken });
    const reader = await rig.stream(['portfolio:desk'], {}, { authorization: 'Bearer alice' });
    expect(reader.last('welcome').subject).toBe('alice');
  });

  test('no grant outlives the credentials, and an extended session continues without a break', async () => {
    let expiresAt = 0;
    let asked = 0;
    await start({ authenticate: () => ({ subject: 'alice', expiresAt }), authorize: () => ++asked > 0 });
    expiresAt = rig.clock.now() + LIFE_MS;
    const reader = await rig.stream(['portfolio:desk']);
    expect(reader.last('snapshot').granted).toMatchObject([{ expiresAt }]);
    expiresAt += LIFE_MS;
    await rig.clock.advance(LIFE_MS);
    expect(reader.last('snapshot').granted).toMatchObject([{ recovered: true, expiresAt }]);
    expect(asked).toBe(2);
    await rig.clock.advance(LIFE_MS);
    expect(reader.last('ended')).toMatchObject({ topics: ['portfolio:desk'], reason: 'expired' });
    expect(reader.last('close')).toMatchObject({ code: 4401 });
  });

  test('a session that has become another user’s ends the connection', async () => {
    let subject = 'alice';
    await start({ authenticate: () => ({ subject, expiresAt: rig.clock.now() + LIFE_MS }) });
    const reader = await rig.stream(['portfolio:desk']);
    subject = 'bob';
    await rig.clock.advance(LIFE_MS);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.last('close')).toMatchObject({ code: 4401 });
    expect(reader.of('update').flatMap(({ portfolios = [] }) => portfolios)).toEqual([]);
  });
});

describe('a WebSocket without a subject', () => {
  const auth = async (socket: FakeSocket, token: string, request?: number) => {
    socket.say({ type: 'auth', token, ...(request !== undefined && { request }) });
    await rig.clock.settle();
  };

  test('gets one from an auth message, and keeps it', async () => {
    await start({
      authenticate: byToken,
      portfolios: [DESK, OTHER],
      authorize: (subject, { id }) => subject === 'alice' || id === 'other',
    });
    const socket = rig.socket();
    expect(socket.last('welcome').subject).toBeNull();
    await auth(socket, 'alice', 1);
    expect(socket.last('authenticated')).toMatchObject({ request: 1, subject: 'alice', granted: [] });
    socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.settle();
    await auth(socket, 'bob');
    expect(socket.closeCode).toBe(4401);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(socket.of('update')).toHaveLength(0);
  });

  test('that subscribes before auth is closed', async () => {
    await start({ authenticate: byToken });
    const socket = rig.socket();
    socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.settle();
    expect(socket.closeCode).toBe(4401);
    expect(rig.gateway.stats().authorizations.asked).toBe(0);
  });

  test('is closed if it sends no credentials in time', async () => {
    await start({ authenticate: byToken });
    const socket = rig.socket();
    await rig.clock.advance(5500);
    expect(socket.closeCode).toBe(4401);
  });

  test('is closed for credentials that are not accepted, and asked to retry if they could not be checked', async () => {
    let fails = false;
    await start({
      authenticate: (request) => {
        if (fails) throw new Error('no database');
        return byToken(request);
      },
    });
    const bad = rig.socket();
    bad.say({ type: 'auth', token: 'no-name' });
    await rig.clock.settle();
    expect(bad.closeCode).toBe(4401);
    const unlucky = rig.socket();
    fails = true;
    await auth(unlucky, 'alice');
    expect(unlucky.closeCode).toBe(4500);
  });

  test('keeps messages that arrive while it is being authenticated', async () => {
    const answers: Array<(identity: ReaderIdentity) => void> = [];
    await start({ authenticate: () => new Promise((resolve) => answers.push(resolve)) });
    const socket = rig.socket();
    socket.say({ type: 'subscribe', request: 3, topics: ['portfolio:desk'] });
    answers[0]!({ subject: 'alice' });
    await rig.clock.settle();
    expect(socket.last('snapshot')).toMatchObject({ request: 3, granted: [{ topic: 'portfolio:desk' }] });
  });

  test('is closed if more messages arrive than are kept, instead of losing some', async () => {
    const answers: Array<(identity: ReaderIdentity) => void> = [];
    await start({ authenticate: () => new Promise((resolve) => answers.push(resolve)) });
    const [quiet, loud] = [rig.socket(), rig.socket()];
    for (let request = 1; request <= 16; request++) {
      for (const socket of [quiet, loud]) {
        socket.say({ type: 'subscribe', request, topics: ['portfolio:desk'] });
      }
    }
    loud.say({ type: 'unsubscribe', topics: ['portfolio:desk'] });
    for (const answer of answers) answer({ subject: 'alice' });
    await rig.clock.settle();
    expect(quiet.of('snapshot').map(({ request }) => request)).toEqual(
      Array.from({ length: 16 }, (_, index) => index + 1),
    );
    expect(loud.messages).toMatchObject([{ type: 'close', code: 4529, retry: true }]);
  });

  test.each([
    ['was authenticated', (settle: Settle) => settle.resolve({ subject: 'alice' })],
    ['was found to be nobody', (settle: Settle) => settle.resolve(null)],
    ['could not be authenticated', (settle: Settle) => settle.reject(new Error('away'))],
  ])('that has closed before it %s leaves nothing behind', async (_, answer) => {
    let settle: Settle | undefined;
    await start({
      authenticate: () => new Promise((resolve, reject) => (settle = { resolve, reject })),
      limits: { connections: 1 },
    });
    const socket = rig.socket();
    socket.gone();
    answer(settle!);
    await rig.clock.settle();
    expect(socket.messages).toEqual([]);
    expect(rig.gateway.stats()).toMatchObject({ connections: 0, opened: 0 });
    const next = rig.socket();
    settle!.resolve({ subject: 'alice' });
    await rig.clock.settle();
    expect(next.last('welcome').subject).toBe('alice');
  });

  test('has every topic checked again with new credentials before anything more is sent', async () => {
    const answers: Array<(allowed: boolean) => void> = [];
    let isFirst = true;
    await start({
      authenticate: byToken,
      authorize: () => {
        if (!isFirst) return new Promise((resolve) => answers.push(resolve));
        isFirst = false;
        return true;
      },
    });
    const socket = rig.socket({ authorization: 'Bearer alice' });
    socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.settle();
    await auth(socket, 'alice', 2);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(socket.of('update')).toHaveLength(0);
    expect(socket.of('authenticated')).toHaveLength(0);
    answers[0]!(true);
    await rig.clock.settle();
    expect(socket.last('snapshot').portfolios).toHaveLength(1);
    expect(socket.last('authenticated')).toMatchObject({
      request: 2,
      granted: [{ topic: 'portfolio:desk' }],
    });
  });
});

describe('a grant', () => {
  test('that has expired while the value was being read sends nothing', async () => {
    const answers: Array<() => void> = [];
    await start({
      values: { value: (id) => new Promise((resolve) => answers.push(() => resolve(rig.engine.value(id)))) },
      authorize: () => ({ expiresAt: rig.clock.now() + 1000 }),
    });
    const slow = get();
    await rig.clock.settle();
    await rig.clock.advance(1500);
    answers[0]!();
    const response = await slow;
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      retry: true,
      refused: [{ topic: 'portfolio:desk', reason: 'busy' }],
    });
  });
});

describe('a denial', () => {
  test('is cached for a second, for its subject and topic only', async () => {
    const asked: string[] = [];
    await start({
      authenticate: byToken,
      authorize: (subject, { kind, id }) => {
        asked.push(`${subject} ${kind}:${id}`);
        return false;
      },
    });
    const alice = { authorization: 'Bearer alice' };
    for (let time = 0; time < 3; time++) expect((await get(alice)).status).toBe(403);
    await get({ authorization: 'Bearer bob' });
    await get(alice, ['positions:desk']);
    expect(asked).toEqual(['alice portfolio:desk', 'bob portfolio:desk', 'alice positions:desk']);
    expect(rig.gateway.stats().authorizations).toMatchObject({ asked: 3, denied: 3, remembered: 2 });
    await rig.clock.advance(1000);
    await get(alice);
    expect(asked).toHaveLength(4);
  });

  test('is the only verdict that is cached', async () => {
    let asked = 0;
    await start({ authorize: () => ++asked > 0 });
    await rig.stream(['portfolio:desk']);
    await rig.stream(['portfolio:desk']);
    expect(asked).toBe(2);
  });
});

describe('kinds of topics', () => {
  test('are unsupported unless they are served', async () => {
    await start({ serve: ['portfolio'] });
    const reader = await rig.stream(['portfolio:desk', 'positions:desk', 'price:ACME', 'group:desk']);
    expect(reader.last('snapshot')).toMatchObject({
      granted: [{ topic: 'portfolio:desk' }],
      refused: ['positions:desk', 'price:ACME', 'group:desk'].map((topic) => ({
        topic,
        reason: 'unsupported',
      })),
    });
    expect(() => new Gateway({ ...rig.options(), serve: ['holdings' as never] })).toThrow(
      /serve.*"holdings"/,
    );
  });

  test('are totals and rows by default', async () => {
    await start({ serve: undefined });
    const reader = await rig.stream(['portfolio:desk', 'positions:desk', 'price:ACME']);
    expect(reader.last('snapshot').refused).toEqual([{ topic: 'price:ACME', reason: 'unsupported' }]);
  });

  test('of unknown symbols are denied', async () => {
    await start({ knowsSymbol: (symbol) => symbol === 'ACME' });
    const reader = await rig.stream(['price:ACME', 'price:NOTHING']);
    expect(reader.last('snapshot').refused).toEqual([{ topic: 'price:NOTHING', reason: 'denied' }]);
  });
});
