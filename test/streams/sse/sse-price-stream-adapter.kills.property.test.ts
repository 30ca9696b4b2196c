import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { seed, sized } from '../../sizes.js';
import type { ScriptedRequest } from './scripted-fetch.js';
import { scripted, tick } from './ticker-feed.js';

const KILLS: readonly ((request: ScriptedRequest) => void)[] = [
  (request) => request.end(),
  (request) => request.fail(),
  // In the middle of an event, and of a character of it.
  (request) => request.write(Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xe8, 0x8c)).end(),
  // Silence, which only the watchdog ends.
  () => undefined,
];
const OBSTACLES: readonly ((request: ScriptedRequest) => void)[] = [
  (request) => request.fail(),
  (request) => request.head(500),
  (request) => request.head(503, { 'Retry-After': '1' }),
  // Up for a moment, so this counts as another break.
  (request) => request.stream().end(),
  // An answer that never comes.
  () => undefined,
];

const kills = sized({ quick: 200, gate: 1000, full: 10_000 });

test(`after each of ${kills.toLocaleString('en-US')} kills the stream subscribes again and delivers prices after one gap`, async () => {
  const random = seededRandom(seed);
  const { adapter, clock, net, subscribed, gaps, log } = scripted({ random }, { silenceMs: 2000 });
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  await subscribed('A', 'B');
  const waits: number[] = [];
  let breaks = kills;
  for (let round = 1; round <= kills; round++) {
    const before = log.length;
    net.last.write(tick('A', round, String(round)));
    // Long enough that the next failure counts as the first again.
    for (let second = 0; second < 6; second++) {
      await clock.advance(1000);
      net.last.write(':\n');
    }
    let obstacles = Math.floor(random() * 3);
    net.onRequest = (request) => {
      if (obstacles-- > 0) {
        const obstacle = pick(OBSTACLES);
        if (obstacle === OBSTACLES[3]) breaks++;
        obstacle(request);
      } else request.stream().write(tick('B', round));
    };
    pick(KILLS)(net.last);
    const killedAt = clock.monotonic();
    while (!log.includes(`B ${round}`, before) && clock.monotonic() - killedAt < 60_000)
      await clock.advance(50);
    waits.push(clock.monotonic() - killedAt);
    expect(log.slice(before).filter((each) => each !== 'gap')).toEqual([`A ${round}`, `B ${round}`]);
    expect(log.at(-1)).toBe(`B ${round}`);
    expect(net.open).toHaveLength(1);
    expect(net.last.init.headers['last-event-id']).toBe(String(round));
    expect(new URL(net.last.url).searchParams.get('symbols')).toBe('A,B');
  }
  expect(gaps.length).toBe(breaks);
  waits.sort((a, b) => a - b);
  // Up to 2.5 s to notice silence, 1.5 s for each answer that never comes, and the waits between.
  expect(waits[Math.floor(kills * 0.5)]).toBeLessThan(3000);
  expect(waits[Math.floor(kills * 0.99)]).toBeLessThan(9000);
  await adapter.disconnect();
  expect([clock.pending, net.open]).toEqual([0, []]);
});
