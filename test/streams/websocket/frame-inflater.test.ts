import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameInflater } from '../../../src/streams/websocket/frame-inflater.js';
import type { InflateFault } from '../../../src/streams/websocket/inflate.js';

type Inflated = string | { readonly fault: InflateFault };

/** Frames are their text in bytes; each is decompressed when the test says so. */
function world(maxBytes = 1000) {
  const open: (() => void)[] = [];
  const log: string[] = [];
  const inflate = (bytes: Uint8Array): Promise<Inflated> =>
    new Promise((resolve) => {
      const text = new TextDecoder().decode(bytes);
      open.push(() => resolve(text === 'bad' ? { fault: 'bad-compression' } : text));
    });
  const inflater = new FrameInflater(inflate, maxBytes, {
    text: (frame, at) => log.push(`${frame} ${at}`),
    dropped: (reason) => log.push(reason),
  });
  const step = async (): Promise<void> => {
    open.shift()?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { inflater, log, open, step };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('passes all frames on in their order with the times of their receipt, text frames too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'bad'), fc.boolean(), fc.boolean()), { maxLength: 30 }),
      async (frames) => {
        const { inflater, log, open, step } = world();
        const expected: string[] = [];
        for (const [at, [text, isBinary, runs]] of frames.entries()) {
          inflater.push(isBinary ? bytes(text) : text, at);
          expected.push(isBinary && text === 'bad' ? 'bad-compression' : `${text} ${at}`);
          if (runs) await step();
        }
        while (open.length > 0) await step();
        expect(log).toEqual(expected);
      },
    ),
  );
});

test('a text frame is passed on at once while nothing is decompressed', async () => {
  const { inflater, log, step } = world();
  inflater.push('first', 1);
  expect(log).toEqual(['first 1']);
  inflater.push(bytes('second'), 2);
  inflater.push('third', 3);
  expect(log).toEqual(['first 1']);
  await step();
  inflater.push('fourth', 4);
  expect(log).toEqual(['first 1', 'second 2', 'third 3', 'fourth 4']);
});

test('frames above what may wait are dropped, and the others are passed on', async () => {
  const { inflater, log, step, open } = world(10);
  inflater.push(bytes('0'), 0);
  for (let at = 1; at <= 20; at++) inflater.push('x'.repeat(10), at);
  expect(log).toEqual(Array.from({ length: 4 }, () => 'overloaded'));
  while (open.length > 0) await step();
  expect(log).toHaveLength(4 + 17);
  inflater.push('again', 21);
  expect(log.at(-1)).toBe('again 21');
});

test('nothing is passed on after the connection has ended', async () => {
  const { inflater, log, open, step } = world();
  inflater.push(bytes('a'), 1);
  inflater.push('b', 2);
  inflater.close();
  while (open.length > 0) await step();
  expect(log).toEqual([]);
});
