import { expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { ReportLimit } from '../../src/core/report-limit.js';

test('ReportLimit: what is repeated is due once a minute, anything else at once', async () => {
  const clock = new FakeClock();
  const limit = new ReportLimit(clock);
  const due = (): boolean[] => ['a', 'b'].map((content) => limit.isDue(content));
  expect(due()).toEqual([true, true]);
  await clock.advance(59_999);
  expect([...due(), limit.isDue('c')]).toEqual([false, false, true]);
  await clock.advance(1);
  expect([...due(), ...due()]).toEqual([true, true, false, false]);
});
