import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import {
  ReplayPriceStreamAdapter,
  sessionRecording,
  type SessionVenue,
} from '../../../../src/streams/replay/index.js';
import type { Venue } from '../../../../src/streams/websocket/index.js';
import { replayed } from '../replayed.js';

const folder = mkdtempSync(join(tmpdir(), 'tickmark-session-'));
afterAll(() => rmSync(folder, { recursive: true }));

// A frame is `symbol price`, `+` for a heartbeat, `gap`, `boom` to throw, or empty to report nothing.
const words: SessionVenue = {
  name: 'words',
  open(sink) {
    let frames = 0;
    return {
      receive(frame, receivedAt) {
        frames++;
        const text = frame;
        if (text === '+') return sink.control('heartbeat');
        if (text === 'boom') throw new Error('boom');
        if (text === 'gap') return sink.gap();
        if (text === 'ready') return sink.ready();
        if (text === 'confirmed') return sink.confirmed(['A']);
        if (text === 'refused') return sink.refused('B', 'unknown');
        if (text === 'rotate') return sink.rotate('shutdown');
        if (text === 'broken') return sink.broken('overload');
        if (text === 'fatal') return sink.fatal('UNAUTHORIZED', 'no key');
        if (text === '') return;
        const parts = text.split(' ');
        for (let at = 0; at < parts.length; at += 2)
          sink.update({ symbol: parts[at]!, price: parts[at + 1]!, timestamp: receivedAt, sequence: frames });
      },
    };
  },
};

describe('a recorded session', () => {
  const lines = [
    { t: 'header', exchange: 'X' },
    { t: 'connect', conn: 'a', ts: 1 },
    { t: 'send', conn: 'a', ts: 1, data: 'subscribe' },
    { t: 'recv', conn: 'a', ts: 1.5009, data: 'A 1.10 B 2' },
    { t: 'recv', conn: 'a', ts: 1.6789, data: '+' },
    { t: 'recv', conn: 'b', ts: 1.7, b64: Buffer.from('A 1.20').toString('base64') },
    { t: 'recv', conn: 'a', data: 'A x' },
    { t: 'recv', conn: 'a', ts: 2, data: 'boom' },
    { t: 'recv', conn: 'a', ts: 2, data: '' },
    { t: 'recv', conn: 'a', ts: 3, data: 'gap' },
    { t: 'recv', conn: 'a', ts: 3 },
    { t: 'connect', conn: 'a', ts: 4 },
    { t: 'recv', conn: 'a', ts: 4, data: 'A 1.30' },
    { t: 'other' },
    null,
  ].map((line) => JSON.stringify(line));

  test.each(['plain', 'gzipped'])(
    'is read by a venue, with a session of its own for each connection (%s)',
    async (kind) => {
      const file = join(folder, `${kind}.session.jsonl`);
      const text = `${lines.join('\n')}\n{\n`;
      writeFileSync(file, kind === 'plain' ? text : gzipSync(text));
      const { messages, stream } = await replayed(file, { format: sessionRecording(words) });
      expect(messages).toEqual([
        { symbol: 'A', price: '1.10', timestamp: 1500, receivedAt: 1500, sequence: 1 },
        { symbol: 'B', price: '2', timestamp: 1500, receivedAt: 1500, sequence: 1 },
        { symbol: 'A', price: '1.20', timestamp: 1700, receivedAt: 1700, sequence: 1 },
        { type: 'gap', from: 2000, to: 3000, symbols: ['A', 'B'], reason: 'sequence', recovered: false },
        { symbol: 'A', price: '1.30', timestamp: 4000, receivedAt: 4000, sequence: 1 },
      ]);
      expect(stream.stats()).toMatchObject({
        lines: 16,
        priceLines: 3,
        control: { header: 1, connect: 2, send: 1, heartbeat: 1, gap: 1 },
        rejected: {
          'not-a-number': 1,
          'decoder-threw': 1,
          unexplained: 1,
          'malformed-record': 3,
          'malformed-json': 1,
        },
      });
    },
  );

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate-raw', deflateRawSync],
  ] as const)(
    'binary frames are decompressed by the encoding of the venue: %s',
    async (encoding, compress) => {
      const file = join(folder, `${encoding}.session.jsonl`);
      const frames = [compress('A 1.10'), Buffer.from('A 1.20'), compress('A 1.30')];
      const records = frames.map((bytes, ts) => ({ t: 'recv', ts, b64: bytes.toString('base64') }));
      writeFileSync(file, records.map((record) => JSON.stringify(record)).join('\n'));
      const { messages, stream } = await replayed(file, { format: sessionRecording({ ...words, encoding }) });
      expect(messages.map((message) => 'price' in message && message.price)).toEqual(['1.10', '1.30']);
      expect(stream.stats()).toMatchObject({ lines: 3, priceLines: 2, rejected: { 'bad-compression': 1 } });
    },
  );

  test('counts what a venue reports of the connection by name', async () => {
    const kinds = ['ready', 'confirmed', 'refused', 'rotate', 'broken', 'fatal'];
    const file = join(folder, 'reports.session.jsonl');
    writeFileSync(file, kinds.map((data, ts) => JSON.stringify({ t: 'recv', ts, data })).join('\n'));
    const { messages, stream } = await replayed(file, { format: sessionRecording(words) });
    expect(messages).toEqual([]);
    expect(stream.stats()).toMatchObject({
      control: Object.fromEntries(kinds.map((kind) => [kind, 1])),
      rejected: {},
    });
  });

  test('needs a venue: without one the error names sessionRecording()', async () => {
    const file = join(folder, 'auto.session.jsonl');
    writeFileSync(file, lines.join('\n'));
    await expect(new ReplayPriceStreamAdapter({ files: file }).connect()).rejects.toMatchObject({
      code: 'MALFORMED_INPUT',
      message: expect.stringContaining('sessionRecording(venue)') as string,
    });
  });

  test('accepts any venue of the WebSocket adapter', () => {
    const venue: Venue = {
      name: 'any',
      url: 'wss://prices.example.com',
      open: () => ({ subscribe: () => [], unsubscribe: () => [], receive: () => undefined }),
    };
    expect(sessionRecording(venue).name).toBe('session of any');
  });
});
