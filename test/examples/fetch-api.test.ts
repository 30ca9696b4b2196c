import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { bunServer } from '../../examples/fetch-api/bun-server.js';
import { serveDeno } from '../../examples/fetch-api/deno-server.js';
import { gateway, marking } from '../../examples/fetch-api/live.js';
import { GET, dynamic } from '../../examples/fetch-api/next-route.js';
import { FakeSocket } from '../gateway/rig/fake-socket.js';
import { StreamReader } from '../gateway/rig/stream-reader.js';
import { until } from '../waiting.js';
import { root } from './child.js';

// The servers of examples/fetch-api in Node, with what Deno and Bun have stood in for.

const headers = { origin: 'https://app.example.com', cookie: 'session=of-alice' };
const request = (more: Record<string, string> = {}) =>
  new Request('https://app.example.com/live?topic=portfolio%3Adesk', { headers: { ...headers, ...more } });
const handshake = (more: Record<string, string> = {}) => request({ upgrade: 'websocket', ...more });

/** Reads a stream up to its first change of a value. */
async function readUpdate(response: Response | undefined): Promise<void> {
  expect(response?.status).toBe(200);
  const reader = new StreamReader(response!);
  while (reader.of('update').every(({ portfolios }) => !portfolios)) {
    if (!(await reader.readOne())) throw new Error('The stream has ended.');
  }
  expect(reader.last('welcome').subject).toBe('alice');
  expect(reader.last('snapshot').granted).toMatchObject([{ topic: 'portfolio:desk' }]);
  await reader.cancel();
}

/** Subscribes over a socket, and waits for a first change of a value. */
async function awaitUpdate(socket: FakeSocket): Promise<void> {
  expect(socket.last('welcome').subject).toBe('alice');
  socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
  await until('a value has changed', () => socket.of('update').some(({ portfolios }) => portfolios));
}

afterEach(() => vi.unstubAllGlobals());
afterAll(async () => {
  expect(gateway.stats().connections).toBe(0);
  await gateway.close();
  await marking.close();
});

test('a route handler of Next.js streams values', async () => {
  expect(dynamic).toBe('force-dynamic');
  await readUpdate(await GET(request()));
  expect((await GET(request({ cookie: '' }))).status).toBe(401);
});

describe('a server of Deno', () => {
  const info = { remoteAddr: { hostname: '192.0.2.1' } };

  /** A socket that is open only after the answer, as in Deno, which then reads the request no more. */
  const upgrade = async (given: Request) => {
    const socket = new FakeSocket();
    socket.readyState = 0;
    const opened = new Promise<() => void>((resolve) => {
      const add = socket.addEventListener.bind(socket);
      socket.addEventListener = (type: string, listener: (event: { data: unknown }) => void) =>
        type === 'open' ? resolve(() => listener({ data: undefined })) : add(type, listener);
    });
    const response = new Response();
    const upgradeWebSocket = vi.fn(() => ({ socket, response }));
    vi.stubGlobal('Deno', { upgradeWebSocket });
    expect(await serveDeno(given, info)).toBe(response);
    expect(upgradeWebSocket).toHaveBeenCalledWith(given, { protocol: 'tickmark.v1' });
    for (const name of [...given.headers.keys()]) given.headers.delete(name);
    socket.readyState = 1;
    (await opened)();
    return socket;
  };

  test('streams values, and takes WebSockets', async () => {
    await readUpdate(await serveDeno(request(), info));
    const socket = await upgrade(handshake());
    await awaitUpdate(socket);
    socket.gone();
    const foreign = await upgrade(handshake({ origin: 'https://evil.example' }));
    expect(foreign.closeCode).toBe(4403);
  });
});

describe('a server of Bun', () => {
  type Data = Parameters<typeof bunServer.websocket.open>[0]['data'];

  /** A socket with handlers instead of listeners, and a server that upgrades to it. */
  const upgrade = (given: Request, isUpgraded = true) => {
    let socket!: FakeSocket & { data: Data; getBufferedAmount(): number };
    const server = {
      requestIP: () => ({ address: '192.0.2.1', family: 'IPv4', port: 1 }),
      upgrade: (_: Request, { headers: sent, data }: { headers: object; data: Data }) => {
        expect(sent).toEqual({ 'sec-websocket-protocol': 'tickmark.v1' });
        const fake = new FakeSocket();
        socket = Object.assign(fake, {
          data,
          getBufferedAmount: () => fake.bufferedAmount,
        });
        fake.addEventListener('message', ({ data: said }) => bunServer.websocket.message(socket, said));
        fake.addEventListener('close', () => bunServer.websocket.close(socket));
        return isUpgraded;
      },
    };
    const response = bunServer.fetch(given, server);
    if (isUpgraded) bunServer.websocket.open(socket);
    return { socket, response };
  };

  test('streams values, and takes WebSockets', async () => {
    await readUpdate(await bunServer.fetch(request(), { requestIP: () => null, upgrade: () => false }));
    const { socket, response } = upgrade(handshake());
    expect(response).toBeUndefined();
    await awaitUpdate(socket);
    socket.gone();
    expect(upgrade(handshake({ origin: 'https://evil.example' })).socket.closeCode).toBe(4403);
    expect(await upgrade(handshake(), false).response).toMatchObject({ status: 400 });
  });

  test('cuts a socket that does not read, as the shape of browsers lets it', () => {
    const { socket } = upgrade(handshake());
    socket.isReading = false;
    expect(gateway.stats().connections).toBe(1);
    socket.gone();
  });
});

test('docs/gateway.md shows the same code', () => {
  const docs = readFileSync(join(root, 'docs/gateway.md'), 'utf8');
  for (const [name, from, to] of [
    ['next-route', 'export const dynamic', undefined],
    ['deno-server', 'export function serveDeno', '\n\n// Types'],
  ] as const) {
    const file = readFileSync(join(root, `examples/fetch-api/${name}.ts`), 'utf8');
    const code = file.slice(file.indexOf(from), to === undefined ? undefined : file.indexOf(to)).trim();
    expect(docs).toContain(code);
  }
});
