import { describe, expect, test } from 'vitest';
import type { TickmarkError } from 'tickmark';

import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { StreamFailures } from '../../../src/redis/streams/stream-failures.js';

describe('StreamFailures', () => {
  const clock = new FakeClock();
  const reported: TickmarkError[] = [];
  const failures = new StreamFailures(clock, (error) => reported.push(error));
  const messages = (): string[] => reported.splice(0).map(({ message }) => message);

  test('reports a step that keeps failing for one reason once a minute', async () => {
    for (let second = 0; second < 120; second++) {
      failures.report('Reading', 'a', new Error('CLUSTERDOWN The cluster is down'));
      await clock.advance(1000);
    }
    const [first] = reported;
    expect(first).toMatchObject({ code: 'BUS_FAILED', retryable: true, cause: { message: /CLUSTERDOWN/ } });
    expect(messages()).toEqual([
      'RedisStreamEventBus: Reading of "a" failed; it will be retried.',
      'RedisStreamEventBus: Reading of "a" failed; it will be retried.',
    ]);
  });

  test('reports another reason, another step and another type at once', () => {
    const reason = new Error('LOADING Redis is loading the dataset in memory');
    failures.report('Reading', 'a', new Error('CLUSTERDOWN The cluster is down'));
    failures.report('Reading', 'a', reason);
    failures.report('Claiming', 'a', reason);
    failures.report('Reading', 'b', reason);
    failures.report('Reading', 'a', 'no error');
    failures.report('Reading', 'b', reason);
    expect(messages().map((message) => message.slice(21, 33))).toEqual([
      'Reading of "',
      'Reading of "',
      'Claiming of ',
      'Reading of "',
      'Reading of "',
    ]);
  });
});
