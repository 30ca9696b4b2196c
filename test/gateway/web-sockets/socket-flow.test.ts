import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeRequest } from '../../../src/gateway/http/node-request.js';
import type { WebSocketServerClass } from '../../../src/gateway/web-sockets/web-socket-server.js';
import type { SecurityEvent } from 'tickmark/gateway';
import { FakeSocket } from '../rig/fake-socket.js';
import { GatewayRig, type RigOptions } from '../rig/gateway-rig.js';

type Listener = (data: never) => void;

/** A WebSocket of a server that can stop reading. */
class PausableSocket extends FakeSocket {
  isPaused = false;
  readonly pongs: string[] = [];
  readonly #handlers: Array<[event: string, listener: Listener]> = [];

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  pong(data: Uint8Array): void {
    this.pongs.push(Buffer.from(data).toString());
  }

  on(event: string, listener: Listener): void {
    this.#handlers.push([event, listener]);
  }

  hear(event: string, data?: unknown): void {
    for (const [name, listener] of this.#handlers) if (name === event) listener(data as never);
  }
}

let rig: GatewayRig;
let socket: PausableSocket;
let raw: Map<string, Listener>;
const events: SecurityEvent[] = [];

async function start(options: RigOptions = {}): Promise<void> {
  events.length = 0;
  socket = new PausableSocket();
  raw = new Map();
  class Server {
    handleUpgrade(_: never, __: never, ___: never, callback: (each: PausableSocket) => void): void {
      callback(socket);
    }
    on(): void {}
  }
  rig = await GatewayRig.start({
    WebSocketServer: Server as unknown as WebSocketServerClass,
    allowMissingOrigin: true,
    onSecurityEvent: (event) => events.push(event),
    ...options,
  });
  const plain = {
    destroyed: false,
    end: () => undefined,
    destroy: () => undefined,
    on: (event: string, listener: Listener) => void raw.set(event, listener),
    off: () => undefined,
  };
  const request: NodeRequest = {
    url: '/live',
    headers: { host: 'api.example.com' },
    socket: { ...plain, remoteAddress: '10.0.0.1' },
  };
  await rig.gateway.upgrade(request, plain, new Uint8Array());
}

/** Simulates so many read bytes. */
const read = (bytes: number): void => raw.get('data')!(new Uint8Array(bytes) as never);

describe('a WebSocket that can be paused', () => {
  beforeEach(() => start());
  afterEach(() => rig.end());

  test('is read without a pause while it sends little', () => {
    read(50);
    expect(socket.isPaused).toBe(false);
  });

  test('is not read after it has sent much, until it has its turn', async () => {
    read(65_536);
    expect(socket.isPaused).toBe(false);
    read(65_536);
    expect(socket.isPaused).toBe(true);
    await rig.clock.advance();
    expect(socket.isPaused).toBe(false);
  });

  test('has its pings answered as long as it reads', () => {
    socket.hear('ping', Buffer.from('one'));
    socket.bufferedAmount = 1e6;
    socket.hear('ping', Buffer.from('two'));
    expect(socket.pongs).toEqual(['one']);
  });

  test('is ended for too many pings and pongs, which count as messages', () => {
    for (let count = 0; count < 20; count++) {
      socket.hear('ping', Buffer.from(''));
      socket.hear('pong', Buffer.from(''));
    }
    expect(socket.closeCode).toBeUndefined();
    socket.hear('ping', Buffer.from(''));
    expect(socket.closeCode).toBe(4529);
    expect(socket.pongs).toHaveLength(20);
    expect(rig.gateway.stats().limited).toEqual({ messagesPerSecond: 1 });
  });

  test('is ended for a frame that breaks the protocol, which is reported', () => {
    socket.hear('error', new RangeError('Invalid WebSocket frame'));
    expect(socket.closeCode).toBe(4400);
    expect(events).toMatchObject([{ type: 'malformed', address: '10.0.0.1' }]);
  });
});

test('a WebSocket is not read while eight of its messages wait, and is not ended for a pong that was not read', async () => {
  let answer = (): void => undefined;
  const answered = new Promise<boolean>((resolve) => (answer = () => resolve(true)));
  await start({ authorize: () => answered, keepAliveMs: 1000, pongMs: 1000, timeoutMs: 60_000 });
  for (let count = 0; count < 7; count++) socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
  await rig.clock.advance();
  expect(socket.isPaused).toBe(false);
  socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
  await rig.clock.advance(4500);
  expect(socket.isPaused).toBe(true);
  expect(socket.closeCode).toBeUndefined();
  answer();
  await rig.clock.advance();
  expect(socket.isPaused).toBe(false);
  await rig.end();
});
