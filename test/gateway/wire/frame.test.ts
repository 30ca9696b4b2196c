import { describe, expect, test } from 'vitest';
import { Fragment } from '../../../src/gateway/wire/fragment.js';
import { bytesOf, FrameValues, FRAMING_BYTES } from '../../../src/gateway/wire/frame.js';
import { snapshotHead, updateHead, type MessageHead } from '../../../src/gateway/wire/message-head.js';
import type { StreamPosition } from '../../../src/protocol/stream-position.js';

/** A message is full from here on. */
const FULL = 24_576;
const POSITION: StreamPosition = 'k3v9q2:9007199254740991';
const update = updateHead(1_700_000_000_000);

/** A value of so many bytes. */
const valueOf = (bytes: number) => new Fragment(`"${'x'.repeat(bytes - 2)}"`);

function messagesOf(values: FrameValues, head: MessageHead = update) {
  return values.frames(head, update, POSITION).map(
    ({ json }) =>
      JSON.parse(json) as {
        type: string;
        position?: string;
        portfolios?: string[];
        positions?: string[];
        prices?: string[];
        status?: string;
      },
  );
}

describe('values of one moment', () => {
  test('are one message while it is short', () => {
    const values = new FrameValues();
    values.add('price', valueOf(10_000));
    values.add('status', valueOf(10));
    values.add('portfolio', valueOf(14_000));
    const [message, ...others] = messagesOf(values);
    expect(message).toMatchObject({ prices: [{}], portfolios: [{}], position: POSITION });
    expect(others).toEqual([]);
  });

  test('follow in another message once one is full, and the last one has the position', () => {
    const values = new FrameValues();
    for (let at = 0; at < 1000; at++) values.add('price', new Fragment(`"${String(at).padStart(298, '.')}"`));
    const frames = values.frames(update, update, POSITION);
    for (const { jsonBytes } of frames) expect(jsonBytes).toBeLessThan(FULL + 300 + FRAMING_BYTES);
    expect(frames).toHaveLength(Math.ceil(1000 / Math.ceil(FULL / 300)));
    const messages = messagesOf(values);
    expect(messages.map(({ position }) => position)).toEqual([
      ...messages.slice(1).map(() => undefined),
      POSITION,
    ]);
    expect(messages.flatMap(({ prices }) => prices!.map((each) => Number(each.replaceAll('.', ''))))).toEqual(
      Array.from({ length: 1000 }, (_, at) => at),
    );
  });

  test('that are long themselves are not divided, and what follows is another message', () => {
    const values = new FrameValues();
    values.add('portfolio', valueOf(100));
    values.add('positions', valueOf(500_000));
    values.add('price', valueOf(100));
    expect(messagesOf(values)).toMatchObject([
      { portfolios: [{}], positions: [{}] },
      { prices: [{}], position: POSITION },
    ]);
  });

  test('follow the lists of a snapshot if those are long', () => {
    const granted = Array.from({ length: 1000 }, (_, at) => ({
      topic: `price:${at}` as const,
      recovered: false,
      expiresAt: null,
    }));
    const head = snapshotHead(1, 7, granted, []);
    const values = new FrameValues(bytesOf(head(POSITION)));
    values.add('price', valueOf(300));
    const [first, second] = messagesOf(values, head);
    expect(first).toMatchObject({ type: 'snapshot', request: 7 });
    expect(first).not.toHaveProperty('prices');
    expect(first).not.toHaveProperty('position');
    expect(second).toMatchObject({ type: 'update', prices: [{}], position: POSITION });
  });

  test('take no more bytes than was said', () => {
    const values = new FrameValues();
    let bytes = FRAMING_BYTES;
    for (let at = 0; at < 400; at++) {
      const kind = (['portfolio', 'positions', 'price', 'status'] as const)[at % 4]!;
      const value = valueOf(kind === 'status' ? 2 : 900 + at);
      bytes += values.sizeOf(value);
      values.add(kind, value);
    }
    const frames = values.frames(update, update, POSITION);
    const eventBytes = frames.reduce((sum, { event }) => sum + event.byteLength, 0);
    expect(frames.length).toBeGreaterThan(10);
    expect(eventBytes).toBeLessThanOrEqual(bytes);
  });
});
