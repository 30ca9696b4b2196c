import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  webSockets,
  type ClientWebSocket,
  type ConnectionEnd,
  type ConnectionRequest,
} from 'tickmark/client';
import type { ServerMessage } from '../../../src/protocol/server-messages.js';

/** A socket whose peer is the test. */
class FakeWebSocket implements ClientWebSocket {
  static last: FakeWebSocket;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: unknown[] = [];
  readyState = 0;
  closedWith: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.last = this;
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(code?: number): void {
    this.closedWith = code;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen!();
  }

  hears(message: unknown): void {
    this.onmessage!({ data: JSON.stringify(message) });
  }
}

function open(request: Partial<ConnectionRequest> = {}, url = 'wss://api.example/live') {
  const messages: ServerMessage[] = [];
  const ends: ConnectionEnd[] = [];
  const alive = vi.fn();
  const connection = webSockets({ WebSocket: FakeWebSocket })(url)(
    { token: null, held: [], position: null, added: ['portfolio:desk'], ...request },
    { message: (message) => messages.push(message), alive, ended: (end) => ends.push(end) },
  );
  return { connection, messages, ends, alive, socket: FakeWebSocket.last };
}

afterEach(() => vi.unstubAllGlobals());

describe('a WebSocket', () => {
  it('that the platform has not ends at once, and says what to pass', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const ends: ConnectionEnd[] = [];
    const request = { token: null, held: [], position: null, added: [] };
    webSockets()('wss://api.example/live')(request, {
      message: () => undefined,
      alive: () => undefined,
      ended: (end) => ends.push(end),
    });
    await Promise.resolve();
    expect(ends).toMatchObject([{ retry: false }]);
    expect(JSON.stringify(ends)).toContain('webSockets({ WebSocket })');
  });

  it('authenticates first, then resumes, then subscribes', () => {
    const { socket } = open({ token: 'secret', held: ['price:A'], position: 'life:7', added: ['price:B'] });
    expect(socket.url).toBe('wss://api.example/live');
    expect(socket.protocols).toEqual(['tickmark.v1']);
    expect(socket.sent).toEqual([]);
    socket.opens();
    expect(socket.sent).toEqual([
      { type: 'auth', token: 'secret' },
      { type: 'resume', request: 1, topics: ['price:A'], position: 'life:7' },
      { type: 'subscribe', topics: ['price:B'] },
    ]);
  });

  it('accepts the address of an event stream, and paths', () => {
    expect(open({}, 'https://api.example/live').socket.url).toBe('wss://api.example/live');
    vi.stubGlobal('location', { href: 'http://app.example/page' });
    expect(open({}, '/live').socket.url).toBe('ws://app.example/live');
    // As given: the URL of React Native adds a slash at the end.
    expect(open({}, 'WSS://api.example/live?a=b').socket.url).toBe('WSS://api.example/live?a=b');
    expect(open({}, 'Http://api.example').socket.url).toBe('ws://api.example');
  });

  it('changes its topics', () => {
    const { connection, socket } = open();
    socket.opens();
    connection.change!(['price:B'], ['portfolio:desk']);
    expect(socket.sent.slice(1)).toEqual([
      { type: 'unsubscribe', topics: ['portfolio:desk'] },
      { type: 'subscribe', topics: ['price:B'] },
    ]);
  });

  it('sends no message longer than the gateway accepts, and reports no position before all parts are answered', () => {
    const held = Array.from(
      { length: 200 },
      (_, index) => `price:${String(index).padStart(250, '0')}` as const,
    );
    const { messages, socket } = open({ held, position: 'life:7', added: [] });
    socket.opens();
    const parts = socket.sent as { type: string; topics: string[] }[];
    expect(parts.flatMap(({ topics }) => topics)).toEqual(held);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(JSON.stringify(part).length * 4).toBeLessThan(65_536);
    const answer = {
      type: 'snapshot',
      request: 1,
      serverTime: 1,
      position: 'life:9',
      granted: [],
      refused: [],
    };
    for (let part = 1; part < parts.length; part++) socket.hears(answer);
    socket.hears({ type: 'update', serverTime: 1, position: 'life:9' });
    expect(messages.map((message) => (message as { position?: string }).position)).toEqual(
      parts.map(() => undefined),
    );
    socket.hears(answer);
    expect(messages.at(-1)).toMatchObject({ position: 'life:9' });
  });

  it('asks for many topics in portions, so that no answer takes long', () => {
    const added = Array.from({ length: 600 }, (_, at) => `price:${at}` as const);
    const { connection, socket } = open({ added });
    socket.opens();
    connection.change!([], added);
    const parts = socket.sent as { type: string; topics: string[] }[];
    expect(parts.map(({ type, topics }) => [type, topics.length])).toEqual([
      ...[250, 250, 100].map((length) => ['subscribe', length]),
      ...[250, 250, 100].map((length) => ['unsubscribe', length]),
    ]);
    expect(parts.slice(0, 3).flatMap(({ topics }) => topics)).toEqual(added);
  });

  it('answers pings, and passes on messages and other signs of life', () => {
    const { alive, messages, socket } = open();
    socket.opens();
    socket.hears({ type: 'ping', serverTime: 3 });
    socket.hears({ type: 'of-later-versions' });
    socket.onmessage!({ data: new ArrayBuffer(3) });
    expect(socket.sent.at(-1)).toEqual({ type: 'pong' });
    expect(messages).toEqual([{ type: 'ping', serverTime: 3 }]);
    expect(alive).toHaveBeenCalledTimes(2);
  });

  it.each([
    [1006, true],
    [1001, true],
    [4503, true],
    [4401, false],
    [4406, false],
  ])('that ends with %d may be tried again: %j', (code, retry) => {
    const { ends, socket } = open();
    socket.opens();
    socket.onclose!({ code });
    const message = 'The connection has ended.';
    expect(ends).toEqual([{ code, message, cause: null, retry, retryAfterMs: null, refused: [] }]);
  });

  it('ends with the close message of the gateway', () => {
    const { ends, socket } = open();
    socket.opens();
    socket.hears({
      type: 'close',
      serverTime: 1,
      code: 4529,
      reason: 'Too many.',
      retry: true,
      retryAfterMs: 900,
    });
    socket.onclose!({ code: 4529 });
    expect(ends).toEqual([{ code: 4529, message: 'Too many.', retry: true, retryAfterMs: 900, refused: [] }]);
  });

  it('is closed at once', () => {
    const { connection, socket } = open();
    connection.close();
    expect(socket.closedWith).toBe(1000);
    expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
  });

  it('that the platform cannot make is reported without its address', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const ended = vi.fn();
    webSockets()('wss://api.example/live?secret')(
      { token: null, held: [], position: null, added: [] },
      { message: vi.fn(), alive: vi.fn(), ended },
    );
    await Promise.resolve();
    expect(ended.mock.calls).toMatchObject([[{ retry: false }]]);
    expect(JSON.stringify(ended.mock.calls)).not.toContain('secret');
  });
});
