import { afterEach, describe, expect, test } from 'vitest';
import type { ClientMessage } from '../../src/protocol/client-messages.js';
import { FakeSocket } from './rig/fake-socket.js';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

/** Sends a message and waits for the answer. */
async function ask(socket: FakeSocket, message: ClientMessage): Promise<void> {
  socket.say(message);
  await rig.clock.settle();
}

describe('a WebSocket', () => {
  test('subscribes, is answered with its request number, and gets changes', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const socket = rig.socket();
    expect(socket.messages.map(({ type }) => type)).toEqual(['welcome']);
    await ask(socket, { type: 'subscribe', request: 7, topics: ['portfolio:desk'] });
    expect(socket.last('snapshot')).toMatchObject({
      request: 7,
      recovered: false,
      portfolios: [{ marketValue: '19512.50' }],
    });
    await rig.prices({ ACME: '185' });
    expect(socket.last('update')).toMatchObject({ portfolios: [{ marketValue: '19562.50' }] });
  });

  test('has its messages handled in order, however long each takes', async () => {
    const answers: Array<(allowed: boolean) => void> = [];
    await start({ authorize: () => new Promise((resolve) => answers.push(resolve)) });
    const socket = rig.socket();
    await ask(socket, { type: 'subscribe', request: 1, topics: ['portfolio:desk'] });
    await ask(socket, { type: 'unsubscribe', topics: ['portfolio:desk'] });
    answers.shift()!(true);
    await rig.clock.settle();
    expect(socket.last('snapshot').granted).toHaveLength(1);
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    expect(socket.of('update')).toHaveLength(0);
  });

  test('gets the value again when it subscribes again', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const socket = rig.socket();
    await ask(socket, { type: 'subscribe', topics: ['portfolio:desk'] });
    await ask(socket, { type: 'subscribe', topics: ['portfolio:desk', 'portfolio:desk'] });
    expect(socket.of('snapshot').map(({ portfolios }) => portfolios?.length)).toEqual([1, 1]);
    await ask(socket, { type: 'unsubscribe', topics: ['portfolio:desk'] });
    await rig.prices({ ACME: '185' });
    expect(socket.of('update')).toHaveLength(0);
  });

  test('sends a token as its first message, which authenticate() receives as a header', async () => {
    const seen: Array<string | null> = [];
    await start({
      authenticate: ({ headers }) => {
        seen.push(headers.get('authorization'));
        return headers.get('authorization') === 'Bearer good' ? { subject: 'alice' } : null;
      },
      authorize: (subject) => subject === 'alice',
    });
    const socket = rig.socket();
    await ask(socket, { type: 'auth', request: 1, token: 'good' });
    expect(socket.last('authenticated')).toMatchObject({ request: 1, granted: [] });
    await ask(socket, { type: 'subscribe', topics: ['portfolio:desk'] });
    expect(socket.last('snapshot').granted).toHaveLength(1);
    expect(seen).toEqual([null, 'Bearer good']);
  });

  test('is closed when nothing is granted within 5 s', async () => {
    await start({ authorize: () => false });
    const socket = rig.socket();
    await ask(socket, { type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.advance(4400);
    expect(socket.closeCode).toBeUndefined();
    await rig.clock.advance(700);
    expect(socket.closeCode).toBe(4401);
    expect(socket.last('close')).toMatchObject({ code: 4401, retry: false });
  });

  test('is pinged, and closed without a pong', async () => {
    await start();
    const socket = rig.socket();
    await ask(socket, { type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.clock.advance(15_000);
    expect(socket.of('ping')).toHaveLength(1);
    socket.say({ type: 'pong' });
    await rig.clock.advance(15_500);
    expect(socket.of('ping')).toHaveLength(2);
    expect(socket.closeCode).toBeUndefined();
    await rig.clock.advance(10_500);
    expect(socket.closeCode).toBe(4509);
    expect(socket.last('close').retry).toBe(true);
  });

  test.each([
    ['invalid JSON', 'nonsense', 4400],
    ['a number', '42', 4400],
    ['an unknown type', '{"type":"hello"}', 4400],
    ['the name of an inherited property as type', '{"type":"toString"}', 4400],
    ['no topics', '{"type":"subscribe"}', 4400],
    ['an empty list', '{"type":"subscribe","topics":[]}', 4400],
    ['an invalid topic', '{"type":"subscribe","topics":["desk"]}', 4400],
    ['a topic without an id', '{"type":"subscribe","topics":["portfolio:"]}', 4400],
    ['a long id', JSON.stringify({ type: 'subscribe', topics: [`portfolio:${'x'.repeat(257)}`] }), 4400],
    ['an invalid position', '{"type":"resume","topics":["portfolio:a"],"position":"1"}', 4400],
    ['a token with a line break', '{"type":"auth","token":"a\\r\\nx-admin: 1"}', 4400],
    ['an invalid request number', '{"type":"subscribe","topics":["portfolio:a"],"request":1.5}', 4400],
    ['bytes', new Uint8Array([1]), 4400],
    ['a message that is too long', ' '.repeat(65_537), 4413],
  ])('is closed for %s', async (_, data, code) => {
    await start();
    const socket = rig.socket();
    socket.sayText(data);
    await rig.clock.settle();
    expect(socket.closeCode).toBe(code);
    expect(socket.last('close')).toMatchObject({ code, retry: false });
    expect(Buffer.byteLength(socket.closeReason)).toBeLessThanOrEqual(123);
    expect(rig.gateway.stats().connections).toBe(0);
  });

  test('keeps the token out of every error', async () => {
    await start();
    const socket = rig.socket();
    socket.sayText('{"type":"auth","token":"sentinel secret"}');
    expect(socket.closeCode).toBe(4400);
    expect(socket.closeReason + JSON.stringify(socket.messages)).not.toContain('sentinel');
  });

  test('is refused with another protocol, and by a closing gateway', async () => {
    await start();
    const open = (protocol: string) => {
      const socket = new FakeSocket();
      socket.protocol = protocol;
      rig.gateway.open(socket, rig.request([]));
      return socket;
    };
    expect(open('tickmark.v2').closeCode).toBe(4406);
    expect(open('').closeCode).toBeUndefined();
    const closing = rig.gateway.close();
    expect(open('tickmark.v1').closeCode).toBe(4503);
    await rig.settled(closing);
  });

  test('that is already closed is ignored', async () => {
    await start();
    const socket = new FakeSocket();
    socket.readyState = 3;
    rig.gateway.open(socket, rig.request([]));
    expect(rig.gateway.stats()).toMatchObject({ connections: 0, opened: 0 });
  });

  test('that throws does not affect others', async () => {
    await start();
    const [bad, good] = [rig.socket(), rig.socket()];
    for (const socket of [bad, good]) await ask(socket, { type: 'subscribe', topics: ['portfolio:desk'] });
    bad.send = () => {
      throw new Error('broken');
    };
    await rig.prices({ ACME: '2', GLOBEX: '1' });
    expect(good.last('update').portfolios).toHaveLength(1);
    expect(bad.isTerminated).toBe(true);
    expect(rig.gateway.stats().connections).toBe(1);
  });
});
