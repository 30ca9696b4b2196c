import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeHandler } from 'tickmark/gateway';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';
import { StreamReader } from './rig/stream-reader.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

const post = (body: unknown, headers: Record<string, string> = {}, address?: string): Promise<Response> =>
  rig.gateway.handle(
    new Request('https://api.example.com/live', {
      method: 'POST',
      headers: { origin: 'https://app.example.com', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
    address === undefined ? {} : { address },
  );

async function opened(body: unknown, headers?: Record<string, string>): Promise<StreamReader> {
  const answer = post(body, headers);
  // A thousand topics are more than one turn of work.
  await rig.clock.settle();
  await rig.clock.advance(100);
  const response = await answer;
  expect(response.status).toBe(200);
  const reader = new StreamReader(response).readAll();
  await rig.clock.settle();
  return reader;
}

describe('a POST gets an event stream', () => {
  test('as a GET does, for a thousand topics with the longest ids', async () => {
    await start();
    const prices = Array.from({ length: 999 }, (_, at) => `price:${String(at).padStart(256, '價')}`);
    await rig.prices({ ACME: '184.50' });
    const reader = await opened({ topics: ['price:ACME', ...prices] });
    expect(reader.last('snapshot').granted).toHaveLength(1000);
    // The answer is so long that values follow it.
    expect(reader.of('update')[0]!.prices![0]).toMatchObject({ symbol: 'ACME', price: '184.5' });
  });

  test('that resumes from a position, with topics that the reader does not have yet', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21' });
    const first = await opened({ topics: ['price:ACME'] });
    await rig.prices({ ACME: '185' });
    const { position } = first;
    await first.cancel();
    await rig.prices({ ACME: '186' });
    const second = await opened({ topics: ['price:ACME'], added: ['price:GLOBEX'], position });
    expect(second.last('snapshot').granted.map(({ recovered }) => recovered)).toEqual([true, false]);
    expect(second.last('snapshot').prices?.map(({ price }) => price)).toEqual(['186', '21']);
  });

  test.each([
    ['text', 'topics', 400],
    ['no object', '3', 400],
    ['no list', { topics: 'price:ACME' }, 400],
    ['no topic', { topics: [] }, 400],
    ['a number as a topic', { topics: [1] }, 400],
    ['another position', { topics: ['price:ACME'], position: 7 }, 400],
    ['another version', { topics: ['price:ACME'], protocol: 2 }, 406],
    ['too much', { topics: ['price:' + 'x'.repeat(2 ** 20)] }, 413],
    ['a change without messages', { session: 'a' }, 400],
    ['a change with too many', { session: 'a', messages: Array(17).fill({ type: 'pong' }) }, 400],
    ['a message that cannot be read', { session: 'a', messages: [{ type: 'subscribe' }] }, 400],
  ])('but not for %s', async (_, body, status) => {
    await start();
    expect((await post(body)).status).toBe(status);
    expect(rig.gateway.stats().connections).toBe(0);
  });

  /** A POST whose body the test sends. */
  function slowPost(signal?: AbortSignal): {
    answer: Promise<Response>;
    body: ReadableStreamDefaultController;
  } {
    let body!: ReadableStreamDefaultController;
    const stream = new ReadableStream({ start: (each) => void (body = each) });
    const headers = { origin: 'https://app.example.com' };
    const init = { method: 'POST', headers, body: stream, duplex: 'half', signal } as RequestInit;
    const answer = rig.gateway.handle(new Request('https://api.example.com/live', init), {
      address: '10.0.0.1',
    });
    return { answer, body };
  }

  // A phone with a slow network is no attacker.
  test('unless its body does not come in time; then it may try again, and its address is not at fault', async () => {
    await start({ limits: { violationsPerAddress: 1 } });
    for (let count = 0; count < 3; count++) {
      const { answer } = slowPost();
      await rig.clock.settle();
      await rig.clock.advance(5000);
      expect((await answer).status).toBe(503);
      expect(await (await answer).json()).toMatchObject({ code: 4508, retry: true });
    }
    expect(rig.gateway.stats().limited).toMatchObject({ unauthenticatedMs: 3 });
  });

  test('unless its reader leaves before, who has broken no rule', async () => {
    const events: string[] = [];
    await start({ limits: { violationsPerAddress: 1 }, onSecurityEvent: ({ type }) => events.push(type) });
    for (let count = 0; count < 3; count++) {
      const left = new AbortController();
      const { answer, body } = slowPost(left.signal);
      await rig.clock.settle();
      left.abort();
      body.error(new Error('cut off'));
      await rig.clock.settle();
      expect((await answer).status).toBe(408);
    }
    expect(events).toEqual([]);
  });

  test('and nothing of it is read before its reader is known', async () => {
    await start({ authenticate: () => null });
    let isRead = false;
    const body = new ReadableStream({ pull: () => void (isRead = true) }, { highWaterMark: 0 });
    const headers = { origin: 'https://app.example.com' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const answer = rig.gateway.handle(new Request('https://api.example.com/live', init));
    await rig.clock.advance(5000);
    expect([(await answer).status, isRead]).toEqual([401, false]);
  });

  test.each([
    ['a stream', { topics: Array(10_001).fill('a:b') }],
    ['a change', { session: 'a', messages: [{ type: 'subscribe', topics: Array(10_001).fill('a:b') }] }],
  ])('but %s has 10,000 topics at most', async (_, body) => {
    await start();
    const answer = post(body);
    await rig.clock.advance(1000);
    expect((await answer).status).toBe(400);
  });
});

describe('a POST changes an open event stream', () => {
  const change = (session: string | undefined, ...messages: unknown[]) => ({ session, messages });

  test('and what it asks for comes in the stream', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21' });
    const reader = await opened({ topics: ['price:ACME'] });
    const { session } = reader.last('welcome');
    const answer = await post(
      change(
        session,
        { type: 'unsubscribe', topics: ['price:ACME'] },
        { type: 'subscribe', topics: ['price:GLOBEX'] },
      ),
    );
    expect(answer.status).toBe(204);
    await rig.clock.settle();
    expect(reader.last('snapshot')).toMatchObject({ prices: [{ symbol: 'GLOBEX', price: '21' }] });
    await rig.prices({ ACME: '190' });
    expect(reader.of('update')).toEqual([]);
    await rig.prices({ GLOBEX: '22' });
    expect(reader.last('update').prices).toMatchObject([{ symbol: 'GLOBEX', price: '22' }]);
  });

  test('also its credentials', async () => {
    await start();
    const reader = await opened({ topics: ['portfolio:desk'] }, { authorization: 'Bearer a' });
    const { session } = reader.last('welcome');
    const auth = { type: 'auth', token: 'a', request: 3 };
    expect((await post(change(session, auth), { authorization: 'Bearer a' })).status).toBe(204);
    await rig.clock.settle();
    expect(reader.last('authenticated')).toMatchObject({
      request: 3,
      granted: [{ topic: 'portfolio:desk' }],
    });
  });

  test('not that of another subject, and none that is over', async () => {
    await start();
    const reader = await opened({ topics: ['price:ACME'] }, { authorization: 'alice' });
    const { session } = reader.last('welcome');
    const subscribe = { type: 'subscribe', topics: ['price:GLOBEX'] };
    const stolen = await post(change(session, subscribe), { authorization: 'mallory' });
    expect(stolen.status).toBe(404);
    expect(await stolen.json()).toMatchObject({ type: 'close', code: 4404, retry: false });
    await reader.cancel();
    await rig.clock.settle();
    expect((await post(change(session, subscribe), { authorization: 'alice' })).status).toBe(404);
  });

  test('without counting as another connection of the address', async () => {
    await start({ limits: { openingsPerAddress: 1, messagesPerSecond: 100 } });
    const reader = await opened({ topics: ['price:ACME'] });
    const { session } = reader.last('welcome');
    const changed = change(session, { type: 'subscribe', topics: ['price:GLOBEX'] });
    const statusOf = async (body: unknown): Promise<number> => {
      const answer = post(body, {}, '10.0.0.1');
      // A turn of work.
      await rig.clock.advance(5);
      return (await answer).status;
    };
    for (let count = 0; count < 20; count++) expect(await statusOf(changed)).toBe(204);
    // A stream that is not open here could be anybody's guess.
    const guesses: number[] = [];
    for (let count = 0; count < 4; count++) guesses.push(await statusOf(change('guess')));
    expect(guesses).toEqual([404, 404, 429, 429]);
  });

  test('not faster than a WebSocket may', async () => {
    await start({ limits: { messagesPerSecond: 1 } });
    const reader = await opened({ topics: ['price:ACME'] });
    const { session } = reader.last('welcome');
    const subscribe = { type: 'subscribe', topics: ['price:GLOBEX'] };
    // All messages of one POST count as one, and two may come at once.
    for (let count = 0; count < 3; count++) await post(change(session, subscribe, subscribe));
    await rig.clock.settle();
    expect(reader.last('close')).toMatchObject({ code: 4529, retryAfterMs: 1000 });
    await rig.clock.advance(1000);
  });
});

test('a body that a framework has parsed already is taken as it is', async () => {
  await start();
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      Object.assign(incoming, { body: JSON.parse(text) as unknown });
      nodeHandler(rig.gateway)(incoming, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = { origin: 'https://app.example.com', 'content-type': 'application/json' };
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/live', headers });
  request.end('{"topics":["portfolio:desk"]}');
  const [response] = (await once(request, 'response')) as [{ statusCode: number; destroy(): void }];
  expect(response.statusCode).toBe(200);
  response.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
