import { expect, test } from 'vitest';
import { WebSocketPriceStreamAdapter, binance } from 'tickmark/websocket';
import { BinanceServer } from './binance-server.js';
import { hostileFramesSent } from './hostile.js';

test('10,000 malformed frames: each counted, no reconnect, nothing thrown', () => hostileFramesSent(10_000));

test('compression is not offered, and a frame that is compressed nevertheless ends the connection only', async () => {
  const server = await BinanceServer.start({ compression: true });
  const adapter = new WebSocketPriceStreamAdapter({ venue: binance({ url: server.url }) });
  await adapter.connect();
  await adapter.subscribe(['AAA']);
  const [client] = server.clients;
  expect(client!.request.headers['sec-websocket-extensions']).toBeUndefined();
  // FIN, RSV1 (compressed), text, three bytes.
  client!.wire!.tcp.write(Buffer.from([0xc1, 3, 0x4a, 0x04, 0x00]));
  while (adapter.stats().reconnects === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(adapter.getStatus().state).toBe('subscribed');
  expect(server.table()).toEqual(new Map([['AAA', 1]]));
  await adapter.disconnect();
  await server.close();
});

test('with compression on, a bomb is not inflated beyond 8 MiB: the connection is replaced', async () => {
  const server = await BinanceServer.start({ compression: true });
  const adapter = new WebSocketPriceStreamAdapter({ venue: binance({ url: server.url }), compression: true });
  await adapter.connect();
  await adapter.subscribe(['AAA']);
  const [client] = server.clients;
  expect(client!.wire!.webSocket.extensions).toContain('permessage-deflate');
  const before = process.memoryUsage().arrayBuffers;
  client!.wire!.webSocket.send(Buffer.alloc(64 * 1024 * 1024), { binary: false });
  while (adapter.stats().reconnects === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // The server's own 64 MiB, and what little was inflated.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(160 * 1024 * 1024);
  expect(adapter.getStatus().state).toBe('subscribed');
  await adapter.disconnect();
  await server.close();
});
