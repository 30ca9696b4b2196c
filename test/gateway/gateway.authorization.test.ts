import { afterEach, describe, expect, test } from 'vitest';
import { Gateway } from 'tickmark/gateway';
import { GatewayRig, DESK, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

const OTHER = { ...DESK, id: 'other' };
const isSoon = 20_000;

describe('a gateway', () => {
  test('does not start without authorize', async () => {
    await start();
    expect(() => new Gateway({ ...rig.options(), authorize: undefined } as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('authorize') as string,
      }),
    );
  });

  test('sends only granted topics, and names the refused ones', async () => {
    await start({ portfolios: [DESK, OTHER], authorize: (_, { id }) => id === 'desk' });
    const reader = await rig.stream([
      'portfolio:desk',
      'portfolio:other',
      'positions:other',
      'portfolio:nobody',
    ]);
    expect(reader.last('snapshot')).toMatchObject({
      granted: [{ topic: 'portfolio:desk' }],
      refused: [
        { topic: 'portfolio:other', reason: 'denied' },
        { topic: 'positions:other', reason: 'denied' },
        { topic: 'portfolio:nobody', reason: 'denied' },
      ],
    });
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.last('update').portfolios!.map(({ id }) => id)).toEqual(['desk']);
  });

  test('calls authorize() once for each kind of topic of a portfolio, however often the request names the topic', async () => {
    const asked: string[] = [];
    await start({ authorize: (_, { kind, id }) => asked.push(`${kind}:${id}`) > 0 });
    await rig.stream(['portfolio:desk', 'positions:desk', 'portfolio:desk']);
    expect(asked).toEqual(['portfolio:desk', 'positions:desk']);
  });

  test.each([
    ['false', false],
    ['null', null],
    ['nothing', undefined],
    ['a string', 'yes'],
    ['a number', 1],
    ['an object without a time', {}],
    ['a time in the past', { expiresAt: 1_600_000_000_000 }],
    ['an invalid time', { expiresAt: NaN }],
    ['a Date', { expiresAt: new Date(9e15 - 1) }],
  ])('treats %s as a refusal', async (_, answer) => {
    await start({ authorize: () => answer as never });
    const response = await rig.gateway.handle(rig.request(['portfolio:desk']));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 4401,
      retry: false,
      refused: [{ topic: 'portfolio:desk', reason: 'denied' }],
    });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('database password');
      },
    ],
    ['rejects', () => Promise.reject(new Error('database password'))],
    ['never answers', () => new Promise<boolean>(() => undefined)],
  ])('whose authorize() %s answers "busy" and grants nothing', async (_, authorize) => {
    await start({ authorize });
    const pending = rig.gateway.handle(rig.request(['portfolio:desk']));
    await rig.clock.advance(5000);
    const response = await pending;
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('"busy"');
    expect(text).not.toContain('password');
    expect(rig.errors.map(({ code }) => code)).toEqual(['HANDLER_FAILED']);
  });

  test('answers byte for byte the same for a missing and a forbidden portfolio', async () => {
    await start({ portfolios: [DESK, OTHER], authorize: (_, { id }) => id !== 'other' });
    const answer = async (id: string) => {
      const response = await rig.gateway.handle(rig.request([`portfolio:${id}`]));
      return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`.replaceAll(
        id,
        'ID',
      );
    };
    expect(await answer('other')).toBe(await answer('ghost'));
    const answerOverSocket = async (id: string) => {
      const socket = rig.socket();
      socket.say({ type: 'subscribe', topics: [`portfolio:${id}`, 'portfolio:desk'] });
      await rig.clock.settle();
      return JSON.stringify(socket.last('snapshot')).replaceAll(id, 'ID');
    };
    expect(await answerOverSocket('other')).toBe(await answerOverSocket('ghost'));
  });

  test('sends prices only if they are served', async () => {
    await start({ serve: ['portfolio'] });
    const reader = await rig.stream(['portfolio:desk', 'price:ACME']);
    expect(reader.last('snapshot').refused).toEqual([{ topic: 'price:ACME', reason: 'unsupported' }]);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.last('update').prices).toBeUndefined();
  });
});

describe('an authorization that expires', () => {
  test('is requested again, and data continues without a break if it is granted', async () => {
    const asked: number[] = [];
    await start({
      authorize: () => {
        asked.push(rig.clock.now());
        return { expiresAt: rig.clock.now() + isSoon };
      },
    });
    const begin = rig.clock.now();
    const reader = await rig.stream(['portfolio:desk']);
    expect(reader.last('snapshot').granted).toEqual([
      { topic: 'portfolio:desk', recovered: false, expiresAt: begin + isSoon },
    ]);
    await rig.clock.advance(isSoon);
    expect(asked).toEqual([begin, begin + isSoon]);
    expect(reader.last('snapshot')).toMatchObject({
      granted: [{ topic: 'portfolio:desk', recovered: true, expiresAt: begin + 2 * isSoon }],
    });
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.last('update').portfolios).toHaveLength(1);
  });

  test('is not checked again and again on a closing connection whose reader does not read', async () => {
    await start({ authorize: () => ({ expiresAt: rig.clock.now() + 300 }) });
    const socket = rig.socket();
    socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.settle();
    socket.isReading = false;
    await rig.clock.advance(299);
    await rig.gateway.disconnect();
    // Rejects if timers are set without end.
    await rig.clock.advance(500);
    expect(rig.gateway.stats().connections).toBe(1);
    await rig.clock.advance(1000);
    expect(socket.isTerminated).toBe(true);
  });

  test('stops the data at its expiry, however long the next answer takes', async () => {
    let isFirst = true;
    await start({
      authorize: (_, { kind }) => {
        if (kind === 'price') return true;
        if (!isFirst) return new Promise(() => undefined);
        isFirst = false;
        return { expiresAt: rig.clock.now() + isSoon };
      },
    });
    const reader = await rig.stream(['portfolio:desk', 'price:ACME']);
    await rig.clock.advance(isSoon);
    await rig.prices({ ACME: '2', GLOBEX: '3' });
    expect(reader.of('update').flatMap(({ portfolios = [] }) => portfolios)).toEqual([]);
    expect(reader.last('update').prices).toHaveLength(1);
    await rig.clock.advance(5000);
    expect(reader.last('ended')).toMatchObject({ topics: ['portfolio:desk'], reason: 'busy' });
  });

  test('and is not renewed ends the topic, and the connection if it has no other topic', async () => {
    const isGood = new Set(['first', 'second']);
    await start({
      authorize: (subject) => isGood.has(subject) && { expiresAt: rig.clock.now() + isSoon },
    });
    const reader = await rig.stream(['portfolio:desk'], {}, { authorization: 'first' });
    isGood.delete('first');
    await rig.clock.advance(isSoon);
    expect(reader.last('ended')).toMatchObject({ topics: ['portfolio:desk'], reason: 'expired' });
    expect(reader.last('close')).toMatchObject({ code: 4401, retry: false });
    expect(reader.isDone).toBe(true);
    const again = await rig.stream(
      ['portfolio:desk'],
      { position: reader.position },
      { authorization: 'second' },
    );
    expect(again.last('snapshot').recovered).toBe(true);
  });

  test('is followed by what has changed while it was being renewed', async () => {
    const answers: Array<(answer: boolean) => void> = [];
    let isFirst = true;
    await start({
      authorize: () => {
        if (!isFirst) return new Promise((resolve) => answers.push(resolve));
        isFirst = false;
        return { expiresAt: rig.clock.now() + isSoon };
      },
    });
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['positions:desk']);
    await rig.clock.advance(isSoon);
    await rig.prices({ ACME: '184.40' });
    answers[0]!(true);
    await rig.clock.settle();
    expect(reader.last('snapshot')).toMatchObject({
      recovered: true,
      positions: [{ full: false, rows: [{ symbol: 'ACME' }] }],
    });
  });

  test('later than the longest timer does not count as expired', async () => {
    let asked = 0;
    await start({ authorize: () => ({ expiresAt: rig.clock.now() + ++asked * 2 ** 33 }) });
    await rig.stream(['portfolio:desk']);
    await rig.clock.advance(1000);
    expect(asked).toBe(1);
  });

  test('is renewed by a new token, and ends with one that permits less', async () => {
    await start({
      portfolios: [DESK, OTHER],
      authenticate: ({ headers }) => ({ subject: 'alice', context: headers.get('authorization') }),
      authorize: (_, { id }, token) =>
        (token === 'Bearer all' || (token === 'Bearer desk' && id === 'desk')) && {
          expiresAt: rig.clock.now() + isSoon,
        },
    });
    const socket = rig.socket();
    socket.say({ type: 'auth', token: 'all' });
    socket.say({ type: 'subscribe', topics: ['portfolio:desk', 'portfolio:other'] });
    await rig.clock.advance(isSoon / 2);
    socket.say({ type: 'auth', request: 2, token: 'desk' });
    await rig.clock.settle();
    expect(socket.last('ended')).toMatchObject({ topics: ['portfolio:other'], reason: 'revoked' });
    expect(socket.last('authenticated')).toMatchObject({
      request: 2,
      granted: [{ topic: 'portfolio:desk', expiresAt: rig.clock.now() + isSoon }],
    });
    // The expiry of the first token does not apply to the second one.
    await rig.clock.advance(isSoon / 2);
    expect(socket.of('ended')).toHaveLength(1);
    expect(socket.closeCode).toBeUndefined();
  });
});
