import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import { PublishQueue } from '../../../src/core/messaging/publish-queue.js';
import { TickmarkError } from '../../../src/core/errors.js';

type Connection = object;

const event = (id: string): DomainEvent => ({ type: 't', id, occurredAt: 0 });

function scripted() {
  const clock = new FakeClock();
  const state = {
    connection: null as Connection | null,
    brokenBy: null as TickmarkError | null,
    starts: 0,
  };
  const sent: string[] = [];
  const silences: Connection[] = [];
  const answers: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];
  const queue = new PublishQueue<Connection>({
    where: 'Bus',
    broker: 'Redis',
    clock,
    timeoutMs: 900,
    start: () => void (state.starts += 1),
    connection: () => state.connection,
    failure: () => state.brokenBy,
    send: (_connection, events) => {
      sent.push(...events.map(({ id }) => id));
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    onSilence: (connection) => void silences.push(connection),
  });
  const outcomes: string[] = [];
  const publish = (...ids: string[]): void => {
    queue.publish(ids.map(event)).then(
      () => outcomes.push(`${ids[0]} taken`),
      (error: TickmarkError) => outcomes.push(`${ids[0]} ${error.code}`),
    );
  };
  return { clock, state, sent, silences, answers, queue, outcomes, publish };
}
const CONNECTION: Connection = {};

describe('PublishQueue', () => {
  test('sends waiting and new events in order', async () => {
    const { clock, state, sent, queue, publish, answers, outcomes } = scripted();
    publish('1', '2');
    publish('3');
    state.connection = CONNECTION;
    publish('4');
    expect(sent).toEqual(['1', '2', '3', '4']);
    queue.drain();
    for (const { resolve } of answers) resolve();
    await clock.settle();
    expect([outcomes, queue.published, clock.pending]).toEqual([['1 taken', '3 taken', '4 taken'], 4, 0]);
  });

  test('rejects events that waited for timeoutMs, and never sends them', async () => {
    const { clock, state, sent, queue, publish, outcomes } = scripted();
    publish('1');
    await clock.advance(500);
    publish('2');
    await clock.advance(400);
    expect(outcomes).toEqual(['1 BUS_FAILED']);
    state.connection = CONNECTION;
    queue.drain();
    expect(sent).toEqual(['2']);
    expect(queue.rejected).toBe(1);
  });

  test('the error says whether it is unknown what became of the events', async () => {
    const { clock, state, queue } = scripted();
    const waiting = expect(queue.publish(event('1'))).rejects.toThrow(
      'Bus.publish: not sent within 900 ms; the link to Redis was not up.',
    );
    await clock.advance(900);
    await waiting;
    state.connection = CONNECTION;
    const sent = expect(queue.publish(event('2'))).rejects.toThrow(
      'Bus.publish: no answer within 900 ms; it is unknown whether Redis got the events.',
    );
    await clock.advance(900);
    await sent;
  });

  test('rejects at once while the link is broken', async () => {
    const { clock, state, sent, publish, outcomes } = scripted();
    state.brokenBy = new TickmarkError('BUS_FAILED', 'the link is down: WRONGPASS');
    publish('1');
    await clock.settle();
    expect([outcomes, sent, clock.pending]).toEqual([['1 BUS_FAILED'], [], 0]);
  });

  test('drops a connection that does not answer, and counts each event once', async () => {
    const { clock, state, silences, answers, queue, publish, outcomes } = scripted();
    state.connection = CONNECTION;
    publish('1');
    await clock.advance(900);
    answers[0]!.resolve();
    await clock.settle();
    expect([outcomes, silences]).toEqual([['1 BUS_FAILED'], [CONNECTION]]);
    expect([queue.published, queue.rejected, clock.pending]).toEqual([0, 1, 0]);
  });

  test('reads an answer that has arrived before it takes silence for granted: this process may have stood still', async () => {
    const { clock, state, silences, answers, publish, outcomes } = scripted();
    state.connection = CONNECTION;
    publish('1');
    // As timers and what arrived follow after a standstill: the timer is first.
    clock.setTimer(() => answers[0]!.resolve(), 900);
    await clock.advance(2_000);
    expect([outcomes, silences, clock.pending]).toEqual([['1 taken'], [], 0]);
  });

  test('rejects all that was sent on a connection that does not answer, but not what another one sends', async () => {
    const { clock, state, answers, queue, publish, outcomes } = scripted();
    state.connection = CONNECTION;
    publish('1');
    await clock.advance(500);
    publish('2');
    state.connection = {};
    publish('3');
    await clock.advance(400);
    expect(outcomes).toEqual(['1 BUS_FAILED', '2 BUS_FAILED']);
    for (const { resolve } of answers) resolve();
    await clock.settle();
    expect(outcomes).toEqual(['1 BUS_FAILED', '2 BUS_FAILED', '3 taken']);
    expect([queue.published, queue.rejected, clock.pending]).toEqual([1, 2, 0]);
  });

  test('rejects with the reason why an event cannot be sent', async () => {
    const { clock, state, answers, publish, outcomes } = scripted();
    state.connection = CONNECTION;
    publish('1');
    publish('2');
    answers[0]!.reject(new TickmarkError('INVALID_ARGUMENT', 'no'));
    answers[1]!.reject(new Error('broken pipe'));
    await clock.settle();
    expect(outcomes).toEqual(['1 INVALID_ARGUMENT', '2 BUS_FAILED']);
  });

  test('close() rejects waiting and later events, and whenIdle() settles once sent events are answered', async () => {
    const { clock, state, answers, queue, publish, outcomes } = scripted();
    state.connection = CONNECTION;
    publish('1');
    state.connection = null;
    publish('2');
    queue.close();
    await clock.settle();
    publish('3');
    let isSettled = false;
    void queue.whenIdle().then(() => (isSettled = true));
    await clock.settle();
    expect([outcomes, isSettled]).toEqual([['2 CLOSED', '3 CLOSED'], false]);
    answers[0]!.resolve();
    await clock.settle();
    expect([outcomes, isSettled]).toEqual([['2 CLOSED', '3 CLOSED', '1 taken'], true]);
    expect(clock.pending).toBe(0);
  });

  test('opens the link for events, but not for an empty list or what is no event', async () => {
    const { queue, state } = scripted();
    state.connection = CONNECTION;
    await queue.publish([]);
    await expect(queue.publish([null as never])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(state.starts).toBe(0);
    void queue.publish(event('1'));
    expect(state.starts).toBe(1);
  });
});
