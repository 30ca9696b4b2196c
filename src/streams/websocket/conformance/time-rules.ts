import { assert } from '../../../conformance/assertions.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import type { PlayedFrame } from './played-recording.js';

const HOUR_MS = 3_600_000;
/** Farthest that a zone is from UTC. */
const ZONE_MS = 14 * HOUR_MS;
const QUARTER_MS = HOUR_MS / 4;

const NUMBERS = /(?<![\d.-])\d{10}(?:\d{3}){0,3}(?:\.\d+)?(?![\d])/g;
const TEXTS = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?/g;
const FROM = Date.UTC(2000, 0);
const TO = Date.UTC(2100, 0);

/** Times that a frame has. */
interface FrameTimes {
  /** ms since 1970. */
  readonly exact: ReadonlySet<number>;
  /** Of texts without a zone, as if they were UTC. */
  readonly local: ReadonlySet<number>;
}

/** The times in a frame: seconds, ms, microseconds and nanoseconds since 1970, and texts. */
export function timesIn(data: string | Uint8Array): FrameTimes {
  const text = typeof data === 'string' ? data : '';
  const exact = new Set<number>();
  const local = new Set<number>();
  for (const [number] of text.matchAll(NUMBERS)) {
    const whole = number.split('.')[0]!.length;
    const ms = Number(number) * 10 ** (13 - whole);
    if (ms >= FROM && ms <= TO) exact.add(Math.floor(ms));
  }
  for (const [found, zone] of text.matchAll(TEXTS)) {
    const ms = Date.parse(`${found.slice(0, 19).replace(' ', 'T')}${zone ?? 'Z'}`);
    const fraction = Number(`0${/\.\d+/.exec(found)?.[0] ?? ''}`) * 1000;
    if (ms >= FROM && ms <= TO) (zone === undefined ? local : exact).add(Math.floor(ms + fraction));
  }
  return { exact, local };
}

/** Fails for a time that is not one of the frames, in ms since 1970, or that is a time of receipt although the frame has one. */
export function checkTimes(frames: readonly PlayedFrame[]): void {
  const before = new Map<string, Set<number>>();
  const counts = { old: 0, all: 0, unused: 0, received: 0 };
  let [old, unused] = ['', ''];
  for (const { number, connection, data, recordedAt, receivedAt, updates } of frames) {
    const { exact, local } = timesIn(data);
    const soFar = before.get(connection) ?? new Set<number>();
    before.set(connection, soFar);
    for (const time of exact) soFar.add(time);
    for (const { symbol, timestamp, timeSource, receivedAt: given } of updates) {
      const what = `frame ${number}: the time of ${symbol}`;
      assert(
        given === undefined || given === receivedAt,
        `${what}: receivedAt is ${given}, but the frame was received at ${receivedAt}`,
      );
      if (timeSource === 'received') {
        assert(
          timestamp === receivedAt,
          `${what} has the source "received", but is ${timestamp} and not receivedAt, ${receivedAt}`,
        );
        counts.received++;
        const near = [...exact].find((time) => isNear(time, recordedAt));
        if (near === undefined) continue;
        counts.unused++;
        unused ||= `${what} is the time of receipt, although the frame has the time ${near}`;
        continue;
      }
      counts.all++;
      if (isIn(exact, timestamp)) continue;
      if (isIn(soFar, timestamp)) {
        // The later one of a trade and a quote is fine.
        if (exact.size === 0 || [...exact].some((time) => time <= timestamp)) continue;
        counts.old++;
        old ||= `${what} is ${timestamp}, but the frame has ${[...exact].join(' and ')}`;
      } else {
        const near = [...soFar].filter((time) => isNear(time, recordedAt));
        const isLocal = [...local].some((time) => isZoned(time, timestamp));
        const isPossible =
          recordedAt === undefined
            ? isLocal
            : isNear(timestamp, recordedAt) && (near.length === 0 || isLocal);
        assert(
          isPossible,
          `${what} is ${timestamp}${inWords(timestamp)}, which is no time of the frame in ms since 1970: ` +
            (near.length > 0
              ? `it has ${near.slice(-3).join(', ')}`
              : recordedAt === undefined
                ? 'if the frame has none, pass receivedAt with the timeSource "received"'
                : `it was recorded at ${recordedAt}`),
        );
      }
    }
  }
  assert(counts.old < 2 || counts.old * 4 <= counts.all, `${old}: use the newest time`);
  assert(counts.unused * 2 <= counts.received, unused);
}

/** Fails if a time moves with the time of receipt, but claims to be the venue's. */
export function checkTimeSource(
  frames: readonly PlayedFrame[],
  later: readonly PlayedFrame[],
  laterMs: number,
): void {
  for (const [at, { number, updates }] of frames.entries()) {
    const others: readonly PriceUpdate[] = later[at]?.updates ?? [];
    if (others.length !== updates.length) continue;
    for (const [index, { symbol, timestamp, timeSource }] of updates.entries()) {
      assert(
        timeSource === 'received' || others[index]!.timestamp - timestamp !== laterMs,
        `frame ${number}: the time of ${symbol} is the time of receipt, passed as the venue's time: ` +
          'read the time of the frame, or say timeSource: "received"',
      );
    }
  }
}

/** Fails if the prices of a symbol in one frame come newest first: an older price after a newer one is outdated. */
export function checkOrder(frames: readonly PlayedFrame[]): void {
  let [falling, others] = ['', 0];
  for (const { number, updates } of frames) {
    const times = new Map<string, number[]>();
    for (const { symbol, timestamp, timeSource } of updates) {
      if (timeSource === 'received') continue;
      const known = times.get(symbol);
      if (known) known.push(timestamp);
      else times.set(symbol, [timestamp]);
    }
    for (const [symbol, list] of times) {
      if (list.length < 2) continue;
      if (list.every((time, at) => at === 0 || time < list[at - 1]!))
        falling ||= `frame ${number}: the prices of ${symbol} come newest first`;
      else others++;
    }
  }
  // Some venues sort nothing.
  assert(falling === '' || others > 0, `${falling}: deliver them in the order of their times`);
}

function isNear(time: number, recordedAt: number | undefined): boolean {
  return recordedAt === undefined || Math.abs(time - recordedAt) <= HOUR_MS;
}

function isIn(times: ReadonlySet<number>, time: number): boolean {
  return times.has(Math.floor(time)) || times.has(Math.round(time)) || times.has(Math.round(time) - 1);
}

function isZoned(local: number, time: number): boolean {
  return Math.abs(local - time) <= ZONE_MS && (local - time) % QUARTER_MS === 0;
}

function inWords(time: number): string {
  return time >= 0 && time <= 8.64e15 ? ` (${new Date(time).toISOString()})` : '';
}
