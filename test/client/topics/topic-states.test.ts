import { describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { TopicStates } from '../../../src/client/topics/topic-states.js';
import type { Topic } from '../../../src/protocol/topic.js';

const A: Topic = 'price:A';
const B: Topic = 'price:B';

function states(...wanted: Topic[]) {
  const clock = new FakeClock();
  let retried = 0;
  const topics = new TopicStates(
    clock,
    () => 0,
    () => retried++,
  );
  topics.want(new Set(wanted));
  return { clock, topics, retried: () => retried };
}

/** A topic that the connection was asked for, and that was granted. */
function live(...wanted: Topic[]) {
  const rig = states(...wanted);
  rig.topics.requested(wanted);
  rig.topics.granted(wanted);
  return rig;
}

describe('a topic', () => {
  test('is asked for once on each connection', () => {
    const { topics } = states(A);
    expect(topics.toRequest).toEqual([A]);
    topics.requested([A]);
    expect(topics.toRequest).toEqual([]);
    expect(topics.due).toEqual([A]);
    topics.granted([A]);
    expect(topics.toRequest).toEqual([]);
    topics.disconnected();
    expect(topics.toRequest).toEqual([A]);
  });

  // field-faults, 17.1: it was still counted as asked for, while its value was forgotten.
  test('that is left and wanted again is asked for again, whether it was given back meanwhile or not', () => {
    for (const isGivenBack of [true, false]) {
      const { topics } = live(A);
      topics.want(new Set());
      expect(topics.toRelease).toEqual([A]);
      if (isGivenBack) topics.released();
      topics.want(new Set([A]));
      expect(topics.toRequest).toEqual([A]);
      expect(topics.toRelease).toEqual([]);
      topics.requested([A]);
      topics.want(new Set());
      expect(topics.toRelease).toEqual([A]);
    }
  });

  test('that was never asked for need not be given back', () => {
    const { topics } = states(A);
    topics.want(new Set());
    expect([topics.toRelease, topics.toRequest]).toEqual([[], []]);
  });

  test.each([
    ['busy', 1000],
    ['denied', 5000],
    ['removed', 5000],
    ['revoked', 5000],
  ] as const)('that is refused as %s is asked for again after %d ms', async (reason, ms) => {
    const { clock, retried, topics } = live(A);
    expect(topics.refused(A, reason)).toBe(true);
    topics.watch();
    expect(topics.due).toEqual([]);
    expect(topics.retryAt - clock.monotonic()).toBe(ms);
    await clock.advance(ms - 1);
    expect([topics.toRequest, retried()]).toEqual([[], 0]);
    await clock.advance(1);
    expect([topics.toRequest, retried()]).toEqual([[A], 1]);
    expect([topics.retryAt, clock.pending]).toEqual([Infinity, 0]);
  });

  test('is asked for by nobody while that is paused', async () => {
    const { clock, retried, topics } = live(A);
    topics.refused(A, 'busy');
    topics.watch();
    topics.pause();
    await clock.advance(60_000);
    expect([topics.toRequest, retried()]).toEqual([[], 0]);
    topics.watch();
    await clock.advance(0);
    expect([topics.toRequest, retried()]).toEqual([[A], 1]);
  });

  test('that is refused repeatedly is requested at growing intervals of at most a minute, which start again after a grant', () => {
    const { clock, topics } = live(A);
    const waits = Array.from({ length: 6 }, () => {
      topics.refused(A, 'denied');
      return topics.retryAt - clock.monotonic();
    });
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    topics.reset();
    topics.requested([A]);
    topics.granted([A]);
    topics.refused(A, 'denied');
    expect(topics.retryAt - clock.monotonic()).toBe(5000);
  });

  test.each(['limit', 'unsupported'] as const)('that is refused as %s ends', (reason) => {
    const { topics } = live(A, B);
    topics.refused(A, reason);
    topics.disconnected();
    expect([topics.due, topics.retryAt]).toEqual([[B], Infinity]);
    topics.reset();
    expect(topics.toRequest).toEqual([A, B]);
  });

  test('that found no room is asked for when another one leaves the connection', () => {
    const { topics } = states(A, B);
    topics.requested([A, B]);
    topics.granted([A]);
    topics.refused(B, 'limit');
    topics.want(new Set([B, A]));
    expect(topics.toRequest).toEqual([]);
    topics.want(new Set([B]));
    expect(topics.toRequest).toEqual([B]);
  });

  test('whose request did not arrive is asked for again, and one that was answered is not', () => {
    const { topics } = live(A);
    topics.want(new Set([A, B]));
    topics.requested([B]);
    topics.unanswered();
    expect(topics.toRequest).toEqual([B]);
  });

  test('that is given up with all others is asked for again only with all others', () => {
    const { topics } = live(A, B);
    topics.disconnected();
    topics.giveUp();
    topics.disconnected();
    expect(topics.due).toEqual([]);
    topics.want(new Set([A, B, 'price:C']));
    expect(topics.toRequest).toEqual(['price:C']);
    topics.resume();
    expect(topics.toRequest).toEqual([A, B, 'price:C']);
  });

  test('that nobody wants is not refused, and what is not asked for is not granted', () => {
    const { topics } = live(A);
    expect(topics.refused(B, 'denied')).toBe(false);
    topics.disconnected();
    topics.granted([A, B]);
    expect(topics.toRequest).toEqual([A]);
  });
});
