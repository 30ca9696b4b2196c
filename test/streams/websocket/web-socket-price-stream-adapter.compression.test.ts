import { afterEach, expect, test } from 'vitest';
import { binance } from 'tickmark/websocket';
import { until } from '../../waiting.js';
import { BinanceServer } from './binance-server.js';
import { socketWorld } from './socket-world.js';

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A stream of one symbol, on a server that can compress. */
async function subscribed(compression: boolean) {
  const server = await BinanceServer.start({ compression: true });
  const world = socketWorld({ venue: binance({ url: server.url }), compression });
  close = async () => {
    expect(await world.close()).toBe(0);
    await server.close();
  };
  await world.adapter.connect();
  await world.adapter.subscribe(['AAA']);
  const [client] = server.clients;
  const replaced = async (): Promise<void> => {
    await world.retry();
    await world.reconnected();
    await until('the only connection', () => server.clients.size === 1);
    expect(world.adapter.getStatus().state).toBe('subscribed');
    expect([...server.table()]).toEqual([['AAA', 1]]);
  };
  return { client: client!, replaced };
}

test('does not offer compression, and replaces a connection that sends a compressed frame anyway', async () => {
  const { client, replaced } = await subscribed(false);
  expect(client.request.headers['sec-websocket-extensions']).toBeUndefined();
  // FIN, RSV1 (compressed), text, three bytes.
  client.wire!.tcp.write(Buffer.from([0xc1, 3, 0x4a, 0x04, 0x00]));
  await replaced();
});

test('with compression, inflates no more than 8 MiB of a frame and replaces the connection', async () => {
  const { client, replaced } = await subscribed(true);
  expect(client.wire!.webSocket.extensions).toContain('permessage-deflate');
  const before = process.memoryUsage().arrayBuffers;
  client.wire!.webSocket.send(Buffer.alloc(64 * 1024 * 1024), { binary: false });
  await replaced();
  // The 64 MiB of the server, and the small part that was inflated.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(160 * 1024 * 1024);
});
