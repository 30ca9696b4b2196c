import { Buffer } from 'node:buffer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readRecording, type LineCounts } from '../../../../src/streams/replay/index.js';
import { sized } from '../../../sizes.js';
import { replayed } from '../replayed.js';
import { zipOf, type ZipTwist } from '../zip-of.js';

const folder = mkdtempSync(join(tmpdir(), 'tickmark-zip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'timestamp,symbol,price\n';
const row = (at: number): string => `${1_704_412_800_000 + at},A${at},${at}.5\n`;

let count = 0;
function file(content: Buffer): string {
  const path = join(folder, `${++count}.zip`);
  writeFileSync(path, content);
  return path;
}

async function symbolsIn(
  path: string,
  onEnd: (counts: LineCounts) => void = () => undefined,
): Promise<string[]> {
  const symbols: string[] = [];
  for await (const { symbol } of readRecording(path, { onEnd })) symbols.push(symbol);
  return symbols;
}

describe('a zip archive', () => {
  test.each<[string, ZipTwist]>([
    ['deflated', {}],
    ['stored', { isStored: true }],
    ['with a comment', { comment: 'from a vendor PK' }],
    ['with sizes of 64 bits', { isLarge: true }],
  ])('%s is read file by file, by name, without folders and what macOS adds', async (_, twist) => {
    const path = file(
      zipOf(
        {
          'b/2.csv': `${HEADER}${row(3)}bad\n`,
          'a/1.csv': `${HEADER}${row(1)}${row(2).trimEnd()}`,
          'a/': '',
          '__MACOSX/a/._1.csv': 'x',
          'a/.DS_Store': 'x',
        },
        twist,
      ),
    );
    let counts: LineCounts | undefined;
    expect(await symbolsIn(path, (each) => (counts = each))).toEqual(['A1', 'A2', 'A3']);
    expect(counts).toMatchObject({
      lines: 6,
      priceLines: 3,
      control: { header: 2 },
      rejected: { 'wrong-number-of-fields': 1 },
      firstRejected: { 'wrong-number-of-fields': { file: `${path}/b/2.csv`, line: 3, text: 'bad' } },
      files: [
        { file: `${path}/a/1.csv`, format: 'csv' },
        { file: `${path}/b/2.csv`, format: 'csv' },
      ],
    });
  });

  test('is replayed with its progress to the end', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => row(index)).join('');
    const percents: number[] = [];
    const { messages, stream } = await replayed(
      file(zipOf({ '1.csv': HEADER + rows, '2.csv': HEADER + row(1) })),
      {
        onProgress: ({ percent }) => percents.push(percent),
      },
    );
    expect(messages).toHaveLength(20_001);
    expect(stream.stats().priceLines).toBe(20_001);
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  });

  test.each<[string, Buffer, RegExp]>([
    ['without files', zipOf({}), /no file in the zip archive/],
    ['with folders alone', zipOf({ 'a/': '' }), /no file in the zip archive/],
    [
      'that is encrypted',
      zipOf({ '1.csv': HEADER }, { flags: 1 }),
      /"1\.csv" in the zip archive is encrypted/,
    ],
    [
      'packed in another way',
      zipOf({ '1.csv': HEADER }, { method: 93 }),
      /method 93; accepted are stored \(0\) and deflated \(8\)/,
    ],
    [
      'with other bytes than its checksum says',
      zipOf({ '1.csv': HEADER }, { crc: 7 }),
      /"1\.csv" in the zip archive is damaged/,
    ],
    [
      'that is cut off',
      zipOf({ '1.csv': HEADER + row(1) }).subarray(0, 60),
      /no directory; it may be cut off/,
    ],
  ])('%s is refused', async (_, content, message) => {
    await expect(symbolsIn(file(content))).rejects.toMatchObject({
      code: 'STREAM_FAILED',
      message: expect.stringMatching(message) as string,
    });
  });

  test('cannot be followed', async () => {
    const path = file(zipOf({ '1.csv': HEADER }));
    await expect(replayed(path, { follow: true })).rejects.toThrow('a zip file cannot be followed');
  });

  test('with any byte changed is read as it was, or refused with a clear error, and never read beyond what it says', async () => {
    const text = HEADER + row(1) + row(2);
    const archive = zipOf({ '1.csv': text, '2.csv': HEADER + row(3) });
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const changed = Buffer.from(archive);
        changed[at] = byte;
        const path = join(folder, 'changed.zip');
        writeFileSync(path, changed);
        const outcome = await symbolsIn(path).catch((error: unknown) => (error as { code?: unknown }).code);
        if (Array.isArray(outcome)) return ['A1', 'A2', 'A3'].join().includes(outcome.join());
        return outcome === 'STREAM_FAILED' || outcome === 'MALFORMED_INPUT';
      }),
      { numRuns: sized({ quick: 300, full: 20_000 }) },
    );
  });
});
