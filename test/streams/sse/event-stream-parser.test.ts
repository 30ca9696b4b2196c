import { expect, test } from 'vitest';
import { parsed } from './reference-parser.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const told = (text: string, limit?: number, id?: string): ReturnType<typeof parsed> =>
  parsed([bytes(text)], limit, id);
const datas = (text: string, limit?: number): string[] => told(text, limit).events.map(({ data }) => data);

test('parses the examples of the standard', () => {
  expect(datas('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual(['YHOO\n+2\n10']);
  expect(
    told(': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n')
      .events,
  ).toEqual([
    { type: 'message', data: 'first event', id: '1' },
    { type: 'message', data: 'second event', id: '' },
    { type: 'message', data: ' third event', id: '' },
  ]);
  expect(datas('data\n\ndata\ndata\n\ndata:')).toEqual(['', '\n']);
  expect(datas('data:test\n\ndata: test\n\n')).toEqual(['test', 'test']);
});

test('treats a CR at the end of one chunk and an LF at the start of the next as one line end', () => {
  const pieces = ['data: a\r', '\n\r', '\ndata: b\r', '\r'].map(bytes);
  expect(parsed(pieces).events.map(({ data }) => data)).toEqual(['a', 'b']);
});

test('skips a byte order mark at the start, and nowhere else', () => {
  expect(datas('\u{feff}data: a\n\n')).toEqual(['a']);
  expect(datas('\n\u{feff}data: a\n\n')).toEqual([]);
});

test('joins characters that are split between pieces', () => {
  const all = bytes('data: 茅台🙂\n\n');
  const singles = [...all].map((byte) => Uint8Array.of(byte));
  expect(parsed(singles).events.map(({ data }) => data)).toEqual(['茅台🙂']);
});

test('keeps an id until the next one, also from an earlier connection', () => {
  const { events, lastEventId } = told(
    'data: a\n\nid: 7\ndata: b\n\ndata: c\n\nid: x\0y\ndata: d\n\n',
    1000,
    '5',
  );
  expect(events.map(({ id }) => id)).toEqual(['5', '7', '7', '7']);
  expect(lastEventId).toBe('7');
});

test('ignores an id that is too long for a header', () => {
  expect(told(`id: 5\nid: ${'x'.repeat(1025)}\n`).lastEventId).toBe('5');
});

test('accepts only digits for retry', () => {
  expect(told('retry: 3000\nretry: 3s\nretry: -1\nretry:\nretry: 0\n').retries).toEqual([3000, 0]);
});

test('applies an event type to one event', () => {
  expect(told('event: ping\ndata: a\n\ndata: b\n\n').events.map(({ type }) => type)).toEqual([
    'ping',
    'message',
  ]);
});

test('drops an event beyond the limit, and keeps those around it', () => {
  const text = `data: a\n\ndata: ${'x'.repeat(50)}\ndata: y\n\ndata: b\n\n`;
  expect(datas(text, 40)).toEqual(['a', 'b']);
  expect(told(text, 40).tooBig).toBe(1);
  expect(datas(text, 64)).toHaveLength(3);
});

test('does not keep an endless line beyond the limit', () => {
  const pieces = [
    bytes('data: '),
    ...Array.from({ length: 30 }, () => bytes('xxxxx')),
    bytes('\n'),
    bytes('\ndata: b\n\n'),
  ];
  const { events, tooBig } = parsed(pieces, 40);
  expect([events.map(({ data }) => data), tooBig]).toEqual([['b'], 1]);
});

test('does not count comments into the size of an event', () => {
  expect(told(`${': still here\n'.repeat(100)}data: a\n\n`, 40)).toMatchObject({ tooBig: 0, comments: 100 });
});
