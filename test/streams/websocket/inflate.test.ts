import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflateWith, type Compression } from '../../../src/streams/websocket/inflate.js';

const COMPRESS: Readonly<Record<Compression, (bytes: Uint8Array | string) => Uint8Array>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  'deflate-raw': zlib.deflateRawSync,
};
const MAX = 100_000;

describe.each(Object.keys(COMPRESS) as Compression[])('%s', (compression) => {
  describe.each([
    ['node:zlib', inflateWith(compression, zlib)],
    ['DecompressionStream', inflateWith(compression, null)],
  ])('by %s', (_, inflate) => {
    const compress = COMPRESS[compression];

    test('gives the text back', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 3000 }), async (text) => {
          expect(await inflate(compress(text), MAX)).toBe(text);
        }),
        { numRuns: 30 },
      );
    });

    test('takes as many bytes as are allowed, and not one more', async () => {
      expect(await inflate(compress('x'.repeat(MAX)), MAX)).toHaveLength(MAX);
      expect(await inflate(compress('x'.repeat(MAX + 1)), MAX)).toEqual({ fault: 'too-big' });
    });

    test('says what is wrong with anything else, and never throws', async () => {
      const good = compress('{"p":1}');
      expect(await inflate(good.subarray(0, good.length - 3), MAX)).toEqual({ fault: 'bad-compression' });
      expect(await inflate(new TextEncoder().encode('{"p":1}'), MAX)).toEqual({ fault: 'bad-compression' });
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
          const made = await inflate(bytes, MAX);
          if (typeof made !== 'string') expect(['bad-compression', 'too-big']).toContain(made.fault);
        }),
        { numRuns: 30 },
      );
    });

    test('makes no more of a bomb than it may', async () => {
      const bomb = compress(Buffer.alloc(64 * 1024 * 1024));
      const before = process.memoryUsage().arrayBuffers;
      expect(await inflate(bomb, MAX)).toEqual({ fault: 'too-big' });
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    });
  });
});
