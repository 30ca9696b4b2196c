import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tcpProxy, type TcpProxy } from './tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
let heardByServer = '';

beforeEach(async () => {
  heardByServer = '';
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heardByServer += data.toString();
      socket.write(data);
    });
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await tcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

async function dial(): Promise<Socket & { heard: string }> {
  const socket = Object.assign(connect(proxy.port, proxy.host), { heard: '' });
  socket.on('data', (data) => (socket.heard += data.toString()));
  await once(socket, 'connect');
  return socket;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

test('it passes on, and counts', async () => {
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
  ['both', '', ''],
  ['to-server', '', ''],
  ['to-client', 'xyz', ''],
] as const)(
  'held %s, it passes nothing on that way, and later all of it in order',
  async (way, server, client) => {
    const open = await dial();
    proxy.hold(way);
    const late = await dial();
    open.write('x');
    await pause();
    open.write('y');
    late.write('z');
    await pause();
    expect([[...heardByServer].sort().join(''), open.heard + late.heard]).toEqual([server, client]);
    proxy.resume();
    await expect.poll(() => open.heard + late.heard).toBe('xyz');
    open.destroy();
    late.destroy();
  },
);

test('it holds the open connections only, on request', async () => {
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

test('it cuts with a reset and takes the next connection', async () => {
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

test('it refuses new connections only, until it accepts again', async () => {
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
