import { createServer } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorCodes, errorText } from '../../src/core/error-text.js';

const refused = (address: string, port = 8443): Error =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}:${port}`), {
    code: 'ECONNREFUSED',
    address,
    port,
  });
const silent = (fields: object, name = 'Error'): Error => Object.assign(new Error(''), { name }, fields);

// ccxt#30316: a host with two addresses that refuses.
test.each<[what: string, error: unknown, text: string, codes: string]>([
  ['an error with a message', new Error('no route'), 'no route', 'Error'],
  [
    'an AggregateError without a message',
    new AggregateError([refused('::1'), refused('127.0.0.1')], ''),
    'connect ECONNREFUSED ::1:8443; connect ECONNREFUSED 127.0.0.1:8443',
    'ECONNREFUSED ::1:8443; ECONNREFUSED 127.0.0.1:8443',
  ],
  [
    'an AggregateError with a message',
    new AggregateError([new Error('a'), new Error('b'), new Error('a')], 'All promises were rejected'),
    'All promises were rejected (a; b)',
    'AggregateError',
  ],
  [
    'an AggregateError of errors without messages',
    new AggregateError(
      [silent({ code: 'ETIMEDOUT', address: '10.0.0.1', port: 443 }), silent({ code: 'ENETUNREACH' })],
      '',
    ),
    'ETIMEDOUT 10.0.0.1:443; ENETUNREACH',
    'ETIMEDOUT 10.0.0.1:443; ENETUNREACH',
  ],
  [
    'an AggregateError within another',
    new AggregateError([new AggregateError([refused('::1')], '')], ''),
    'connect ECONNREFUSED ::1:8443',
    'ECONNREFUSED ::1:8443',
  ],
  ['an empty AggregateError', new AggregateError([], ''), 'AggregateError', 'AggregateError'],
  ['an error with a code alone', silent({ code: 'EPIPE' }), 'EPIPE', 'EPIPE'],
  ['an error with a name alone', silent({}, 'AbortError'), 'AbortError', 'AbortError'],
  [
    'an error with a cause alone',
    silent({ cause: refused('::1') }),
    'connect ECONNREFUSED ::1:8443',
    'ECONNREFUSED ::1:8443',
  ],
  [
    'an error of fetch, whose message may contain the URL',
    Object.assign(new TypeError('fetch of https://x/?token=SECRET failed'), {
      cause: new AggregateError([refused('::1')], ''),
    }),
    'fetch of https://x/?token=SECRET failed',
    'ECONNREFUSED ::1:8443',
  ],
  [
    'a code that is a sentence',
    silent({ code: 'see https://x/?token=SECRET' }),
    'no reason was given',
    'Error',
  ],
  ['an error that says nothing', new Error('  '), 'no reason was given', 'Error'],
  ['a string', 'went away', 'went away', 'unknown error'],
  ['nothing', undefined, 'no reason was given', 'unknown error'],
  ['null', null, 'null', 'unknown error'],
  ['a number', 404, '404', 'unknown error'],
  ['an object with a message', { message: 'odd' }, 'odd', 'unknown error'],
  ['a message that is no string', { message: 7, code: 'E7' }, 'E7', 'E7'],
])('names %s', (_, error, text, codes) => {
  expect(errorText(error)).toBe(text);
  expect(errorCodes(error)).toBe(codes);
});

test('names both addresses of a host that refuses', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const { connect } = await import('node:net');
  const lookup = (_: string, __: object, done: (error: null, found: object[]) => void): void =>
    done(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const error = await new Promise<Error>((resolve) =>
    connect({ host: 'two.example', port, lookup: lookup as never, autoSelectFamily: true }).on(
      'error',
      resolve,
    ),
  );
  expect(error.message).toBe('');
  expect(errorText(error)).toContain(`127.0.0.1:${port}`);
  expect(errorText(error)).toContain(`::1:${port}`);
});

test('ends with an error that contains itself, and with fields that throw', () => {
  const loop = new AggregateError([], '');
  loop.errors.push(loop, loop);
  loop.cause = loop;
  expect(errorText(loop)).toBe('AggregateError');
  const hostile = {
    get message(): string {
      throw new Error('no');
    },
    code: 'EHOSTILE',
  };
  expect(errorText(hostile)).toBe('EHOSTILE');
});

test('is never empty and never throws, and codes have no part of a message', () => {
  const error = fc.letrec<{ error: unknown }>((tie) => ({
    error: fc.oneof(
      { maxDepth: 3 },
      fc.anything(),
      fc.record({
        message: fc.constantFrom('', ' ', 'SECRET said'),
        code: fc.anything(),
        cause: tie('error'),
      }),
      fc.record({
        errors: fc.array(tie('error'), { maxLength: 3 }),
        message: fc.constantFrom('', 'SECRET said'),
      }),
    ),
  })).error;
  fc.assert(
    fc.property(error, (given) => {
      expect(errorText(given).trim()).not.toBe('');
      expect(errorCodes(given).trim()).not.toBe('');
      expect(errorCodes(given)).not.toContain('SECRET');
    }),
  );
});
