import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fractionOf } from '../../../../examples/quickstart/recomputation/exact.js';
import { isOlder, type WrittenPrice } from '../../../../examples/quickstart/recomputation/last-prices.js';
import { lineReader, type LineReader } from './line-readers.js';

/**
 * The last price of each symbol in some files, read without tickmark.
 *
 * Last is by the venue's time, not by the line, because venues deliver late trades late; of equal times the one with the
 * higher sequence number, where lines have one, else the later line. A line without venue time goes by its place.
 * @returns `null` if the signal fired first.
 */
export async function writtenPrices(
  files: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, WrittenPrice> | null> {
  const last = new Map<string, WrittenPrice>();
  for (const file of files) {
    let read: LineReader | undefined;
    for await (const line of linesOf(file)) {
      if (signal?.aborted) return null;
      if (line.trim() === '') continue;
      read ??= lineReader(line, basename(file));
      const written = read(line);
      if (!written || !isValid(written)) continue;
      const known = last.get(written.symbol);
      if (!known || !isOlder(written, known)) last.set(written.symbol, written);
    }
  }
  return last;
}

function isValid({ symbol, price, time }: WrittenPrice): boolean {
  return symbol !== '' && fractionOf(price) !== null && (time === null || Number.isFinite(time));
}

async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  let rest = '';
  let isFirst = true;
  for await (const text of await textOf(file)) {
    const lines = (rest + (isFirst ? text.replace(/^\uFEFF/, '') : text)).split('\n');
    isFirst = false;
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  yield rest;
}

async function textOf(file: string): Promise<AsyncIterable<string>> {
  const source = createReadStream(file);
  const isGzip = await startsLikeGzip(file);
  const content: Readable = isGzip ? pipeline(source, createGunzip(), () => undefined) : source;
  return content.setEncoding('utf8');
}

async function startsLikeGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
