import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { ReportLimit, errorReporter } from '../../src/core/error-reporter.js';
import { TickmarkError } from '../../src/core/errors.js';
import type { Logger } from '../../src/core/logger.js';

const error = new TickmarkError('CLOSED', 'It is closed.');
const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

describe('errorReporter()', () => {
  test('passes an error to onError and to the logger, with its code', () => {
    const reported: unknown[] = [];
    const logged: unknown[] = [];
    const report = errorReporter({
      onError: (each) => reported.push(each),
      logger: { ...quiet, error: (details, message) => logged.push([details, message]) },
    });
    report(error);
    expect(reported).toEqual([error]);
    expect(logged).toEqual([[{ err: error, code: 'CLOSED' }, 'It is closed.']]);
  });

  test('reports to the logger even if onError throws', () => {
    const logged: string[] = [];
    const report = errorReporter({
      onError: () => {
        throw new Error('a broken reporter');
      },
      logger: { ...quiet, error: (_, message) => logged.push(message) },
    });
    report(error);
    expect(logged).toEqual(['onError threw or rejected; processing continues.', 'It is closed.']);
  });

  test('drops what the logger throws', () => {
    const logger = {
      ...quiet,
      error: () => {
        throw new Error('a full disk');
      },
    };
    expect(() => errorReporter({ logger })(error)).not.toThrow();
  });

  test('drops the rejection of an async onError', async () => {
    const rejected: unknown[] = [];
    const note = (reason: unknown): void => void rejected.push(reason);
    process.on('unhandledRejection', note);
    errorReporter({ onError: () => Promise.reject(new Error('a service is down')) as unknown as void })(
      error,
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(rejected).toEqual([]);
  });

  test('does nothing without a receiver', () => {
    expect(() => errorReporter({})(error)).not.toThrow();
  });
});

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
