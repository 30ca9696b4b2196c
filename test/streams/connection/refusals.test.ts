import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  carriesKey,
  describeAnswer,
  REFUSAL_RULES,
  Refusals,
  type Refusal,
  type RefusalKind,
} from '../../../src/streams/connection/refusals.js';

const HTML = { contentType: 'text/html; charset=utf-8' };
const JSON_TYPE = { contentType: 'application/json' };

/** One refusal of each kind at least: what came, and whether a key was sent. */
const REFUSED: readonly (readonly [kind: RefusalKind, refusal: Refusal, hasKey: boolean])[] = [
  ['key-denied', { code: 4401 }, true],
  ['key-denied', { code: 4401 }, false],
  ['key-refused', { status: 401 }, true],
  ['key-refused', { status: 401, ...HTML }, true],
  ['key-refused', { status: 403, ...JSON_TYPE }, true],
  ['key-wanted', { status: 401 }, false],
  ['blocked', { status: 403 }, false],
  ['blocked', { status: 403, ...JSON_TYPE }, false],
  // A firewall or a page for maintenance, whatever key was sent.
  ['blocked', { status: 403, ...HTML }, true],
  ['blocked', { status: 403, contentType: 'application/xhtml+xml' }, true],
  ['blocked', { status: 451, ...JSON_TYPE }, true],
  ['gone', { status: 410 }, false],
  ['stop', { status: 204, mustStop: true }, false],
  ['wrong-type', { status: 200, ...HTML }, false],
  ['redirect', { status: 302 }, true],
  ['redirect', { status: 308 }, false],
  ['redirect', { status: 0 }, true],
  ['rate-limit', { status: 429 }, true],
  ['rate-limit', { status: 418 }, false],
  ...[400, 404, 405, 407, 426, 500, 502, 503, 504, 521].map((status) => ['other', { status }, true] as const),
  ...[1000, 1006, 1008, 1011, 4000, 4403].map((code) => ['other', { code }, true] as const),
  ['other', {}, false],
];

const first = (refusal: Refusal, hasKey: boolean) => new Refusals().judge(refusal, hasKey);
const worked = (): Refusals => {
  const refusals = new Refusals();
  refusals.accepted();
  return refusals;
};

test('every kind has a refusal here', () => {
  expect(new Set(REFUSED.map(([kind]) => kind))).toEqual(new Set(Object.keys(REFUSAL_RULES)));
});

describe.each(REFUSED)('%s: %o, with a key: %s', (kind, refusal, hasKey) => {
  const rule = REFUSAL_RULES[kind];

  test('is judged by its rule, before the stream has worked', () => {
    expect(first(refusal, hasKey)).toEqual({
      code: rule.code,
      isFinal: rule.first === 'final',
      retryAfterMs: rule.pauseMs,
      hint: rule.hint,
    });
  });

  test('is judged by its rule, for a stream that has worked', () => {
    const refusals = worked();
    const verdicts = Array.from({ length: 4 }, () => refusals.judge(refusal, hasKey).isFinal);
    const expected = {
      final: [true, true, true, true],
      repeated: [false, false, true, true],
      retried: [false, false, false, false],
    };
    expect(verdicts).toEqual(expected[rule.later]);
  });

  test('respects what the server requests as a wait', () => {
    expect(first({ ...refusal, retryAfterMs: 7 }, hasKey).retryAfterMs).toBe(7);
  });
});

// unicorn-binance-websocket-api#344, EventSource#88.
test('one refusal ends no stream that has worked, except the word of the venue itself', () => {
  for (const [kind, refusal, hasKey] of REFUSED) {
    if (kind === 'key-denied' || kind === 'stop') continue;
    expect(worked().judge(refusal, hasKey).isFinal).toBe(false);
  }
});

test('without a key nothing but the word of the server ends a stream that has worked, however often it is refused', () => {
  const answer = fc.record({
    status: fc.option(
      fc.integer({ min: 100, max: 599 }).filter((status) => status !== 410),
      { nil: undefined },
    ),
    code: fc.option(
      fc.integer({ min: 1000, max: 4999 }).filter((code) => code !== 4401),
      { nil: undefined },
    ),
    contentType: fc.constantFrom(undefined, 'text/html', 'application/json', ''),
  });
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 30 }), (answers) => {
      const refusals = worked();
      for (const each of answers) expect(refusals.judge(each as Refusal, false).isFinal).toBe(false);
    }),
  );
});

test('a key is refused for good only at the third time in a row', () => {
  const refusals = worked();
  const refused = (): boolean => refusals.judge({ status: 401 }, true).isFinal;
  expect([refused(), refused()]).toEqual([false, false]);
  // A gateway without its servers.
  refusals.judge({ status: 503 }, true);
  expect([refused(), refused()]).toEqual([false, false]);
  refusals.accepted();
  expect([refused(), refused(), refused()]).toEqual([false, false, true]);
});

test.each<[string, Record<string, string>, boolean]>([
  ['wss://x.example/live', {}, false],
  ['wss://x.example/live?symbols=AAPL&stream=trades', {}, false],
  ['wss://x.example/live?token=t', {}, true],
  ['wss://x.example/live?apiKey=t', {}, true],
  ['https://x.example/q?access_key=t', {}, true],
  ['https://user:pw@x.example/q', {}, true],
  ['https://user@x.example/q', {}, true],
  ['https://x.example/q', { Authorization: 'Bearer t' }, true],
  ['https://x.example/q', { 'X-Api-Key': 't' }, true],
  ['https://x.example/q', { Cookie: 'sid=1' }, true],
  ['https://x.example/q', { 'User-Agent': 'me', Accept: 'application/json', Origin: 'https://x' }, false],
  ['no url', {}, false],
])('whether a request carries a key: %s %o', (url, headers, expected) => {
  expect(carriesKey({ url, headers })).toBe(expected);
});

test('a redirect is named by its origin alone', () => {
  const text = describeAnswer(302, 'https://login.example:8443/in?token=SECRET');
  expect(text).toMatch(/^status 302, a redirect to https:\/\/login\.example:8443, which is not followed/);
  expect(describeAnswer(301, '/elsewhere')).toMatch(/^status 301, a redirect, which is not followed/);
  expect(describeAnswer(0)).toMatch(/^a redirect, which is not followed/);
  expect(describeAnswer(503)).toBe('status 503');
});

test('docs/streams/README.md has the rules as they are', () => {
  const text = readFileSync(new URL('../../../docs/streams/README.md', import.meta.url), 'utf8');
  const table = text.slice(text.indexOf('## What is final'));
  const rows = [...table.matchAll(/^\| (.+?) \| `(\w+)` \| (.+?) \| (.+?) \|$/gm)].map(
    ([, , code, before, later]) => [code, before, later],
  );
  const said = {
    final: 'final',
    retryable: 'tried again',
    repeated: 'final at the third in a row',
    retried: 'tried again',
  };
  expect(rows).toEqual(
    Object.values(REFUSAL_RULES).map(({ code, first: before, later }) => [code, said[before], said[later]]),
  );
});
