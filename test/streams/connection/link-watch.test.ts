import { FakeClock } from 'tickmark/conformance';
import { describe, expect, test } from 'vitest';
import { FramePacer } from '../../../src/streams/connection/frame-pacer.js';
import { LinkWatch, type LinkHeartbeat } from '../../../src/streams/connection/link-watch.js';

/** A watched link that can ping unless `isMute`, and what was sent and reported. */
function watched(heartbeat?: LinkHeartbeat, isMute = false) {
  const clock = new FakeClock();
  const seen = { sent: [] as string[], dead: [] as string[], unanswered: 0 };
  const transport = {
    send: (text: string) => void seen.sent.push(text),
    close: () => undefined,
    ...(isMute ? {} : { ping: () => void seen.sent.push('<ping>') }),
  };
  const watch = new LinkWatch({
    clock,
    heartbeat,
    transport,
    pacer: new FramePacer(clock),
    onDead: (what) => seen.dead.push(what),
    onPingsUnanswered: () => seen.unanswered++,
  });
  watch.start();
  return { clock, seen, watch };
}

describe('a watched link', () => {
  test.each([
    ['a native ping', undefined, false, ['<ping>']],
    ['a native ping although there is a text', { text: 'hello' }, false, ['<ping>']],
    ['the text where the transport cannot ping', { text: 'hello' }, true, ['hello']],
    ['the text everywhere with always', { text: () => 'hello 1', always: true }, false, ['hello 1']],
    ['nothing without either', undefined, true, []],
  ])('is asked by %s', (_, heartbeat, isMute, sent) => {
    expect(watched(heartbeat, isMute).seen.sent).toEqual(sent);
  });

  test('has an interval of its own for text pings', async () => {
    const slow = { intervalMs: 1000, textIntervalMs: 5000, text: 'hello' };
    const [native, text] = [watched(slow), watched(slow, true)];
    for (const each of [native, text]) {
      for (let second = 0; second < 4; second++) {
        await each.clock.advance(1000);
        each.watch.activity();
      }
    }
    expect([native.seen.sent.length, text.seen.sent.length]).toEqual([5, 1]);
  });

  test('is dead when nothing comes', async () => {
    const { clock, seen } = watched();
    await clock.advance(3000);
    expect(seen.dead[0]).toMatch(/^Nothing came over the link for 2\d{3} ms$/);
  });

  test('is dead after the silence of a link that cannot be asked', async () => {
    const { clock, seen } = watched({ silenceMs: 8000 }, true);
    await clock.advance(7000);
    expect(seen.dead).toEqual([]);
    await clock.advance(3500);
    expect(seen.dead).toHaveLength(1);
  });

  test('is dead without frames although pings are answered', async () => {
    const { clock, seen, watch } = watched({ frameWithinMs: 4000 });
    for (let second = 0; second < 8 && seen.dead.length === 0; second++) {
      await clock.advance(1000);
      watch.pong();
    }
    expect(seen.dead[0]).toMatch(/^No frame came over the link for [45]\d{3} ms$/);
  });

  test('is watched no longer after stop()', async () => {
    const { clock, seen, watch } = watched({ frameWithinMs: 4000 });
    watch.stop();
    await clock.advance(20_000);
    expect(seen).toEqual({ sent: ['<ping>'], dead: [], unanswered: 0 });
  });
});
