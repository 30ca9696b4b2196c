import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../waiting.js';
import { tcpProxy, type TcpProxy } from './tcp-proxy.js';

const MARKER = '!';

let echo: Server;
let proxy: TcpProxy;
let otherProxy: TcpProxy;
let heardByServer = '';

beforeEach(async () => {
  heardByServer = '';
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (String(data) !== MARKER) heardByServer += data.toString();
      socket.write(data);
    });
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = { host: '127.0.0.1', port: (echo.address() as AddressInfo).port };
  proxy = await tcpProxy(address);
  otherProxy = await tcpProxy(address);
});

afterEach(async () => {
  await proxy.close();
  await otherProxy.close();
  echo.close();
});

/** A connection that the proxy has accepted. */
async function dial(through = proxy): Promise<Socket & { heard: string }> {
  const { accepted } = through;
  const socket = Object.assign(connect(through.port, through.host), { heard: '' });
  socket.on('data', (data) => (socket.heard += data.toString()));
  await once(socket, 'connect');
  await until('the proxy has accepted', () => through.accepted > accepted);
  return socket;
}

/** Waits until what was sent before would have come back, if nothing held it: a marker has gone the same way through another proxy. */
async function roundTrip(): Promise<void> {
  const socket = await dial(otherProxy);
  socket.write(MARKER);
  await until('the marker', () => socket.heard === MARKER);
  socket.destroy();
}

test('passes data on in both directions, and counts connections', async () => {
  const [one, two] = [await dial(), await dial()];
  one.write('a');
  two.write('b');
  await expect.poll(() => one.heard + two.heard).toBe('ab');
  expect([proxy.accepted, proxy.open]).toEqual([2, 2]);
  one.end();
  await once(one, 'close');
  await expect.poll(() => proxy.open).toBe(1);
  expect(proxy.accepted).toBe(2);
  two.destroy();
});

test.each([
  ['both', ''],
  ['to-server', ''],
  ['to-client', 'xyz'],
] as const)(
  'hold(%s) passes nothing on in that direction, and resume() all of it in order',
  async (way, heard) => {
    const open = await dial();
    proxy.hold(way);
    const late = await dial();
    open.write('x');
    await roundTrip();
    open.write('y');
    late.write('z');
    await roundTrip();
    const arrived = (text: string): string => [...text].sort().join('');
    await expect.poll(() => arrived(heardByServer)).toBe(heard);
    expect(open.heard + late.heard).toBe('');
    proxy.resume();
    await expect.poll(() => [open.heard, late.heard]).toEqual(['xy', 'z']);
    open.destroy();
    late.destroy();
  },
);

test('hold() with open holds only the connections that are open', async () => {
  const open = await dial();
  proxy.hold('both', 'open');
  const late = await dial();
  open.write('x');
  late.write('z');
  await expect.poll(() => late.heard).toBe('z');
  expect(open.heard).toBe('');
  proxy.resume();
  await expect.poll(() => open.heard).toBe('x');
  for (const socket of [open, late]) socket.destroy();
});

test('cut() resets open connections and accepts new ones', async () => {
  const open = await dial();
  const failed = once(open, 'error');
  proxy.cut();
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  expect(proxy.open).toBe(0);
  const next = await dial();
  next.write('n');
  await expect.poll(() => next.heard).toBe('n');
  next.destroy();
});

test('refuse() refuses new connections only, until accept()', async () => {
  const open = await dial();
  await proxy.refuse();
  await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  open.write('still');
  await expect.poll(() => open.heard).toBe('still');
  await proxy.accept();
  const next = await dial();
  next.write('n');
  await expect.poll(() => next.heard).toBe('n');
  for (const socket of [open, next]) socket.destroy();
});
