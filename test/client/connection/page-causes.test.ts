import { afterEach, describe, expect, test, vi } from 'vitest';
import { obstacleOf, silenceOf } from '../../../src/client/connection/page-causes.js';

afterEach(() => vi.unstubAllGlobals());

const pageAt = (href: string): void => {
  vi.stubGlobal('location', { href, protocol: new URL(href).protocol });
};

describe('what keeps a page from connecting', () => {
  test.each(['http://api.example/live', 'ws://api.example/live'])('over HTTPS, from %s', async (url) => {
    pageAt('https://app.example/desk');
    expect(await obstacleOf(url, true)).toEqual({
      cause: 'mixed-content',
      message: 'A page over HTTPS may not read from http://api.example: use https or wss.',
    });
  });

  test.each([
    ['https://app.example/', '/live'],
    ['https://app.example/', 'wss://api.example/live'],
    ['https://app.example/', 'http://localhost:8080/live'],
    ['https://app.example/', 'http://gateway.localhost/live'],
    ['https://app.example/', 'http://127.0.0.1:8080/live'],
    ['https://app.example/', 'http://[::1]/live'],
    ['http://app.example/', 'http://api.example/live'],
  ])('is nothing on %s from %s', async (page, url) => {
    pageAt(page);
    expect(await obstacleOf(url, true)).toBeNull();
  });

  test('is an address without a host where there is no page, unless what connects may know one', async () => {
    expect(await obstacleOf('/live', true)).toEqual({
      cause: 'platform',
      message: 'The address "/live" belongs to no page here: pass one that begins with https://.',
    });
    expect(await obstacleOf('/live', false)).toBeNull();
    expect(await obstacleOf('http://127.0.0.1/live', true)).toBeNull();
  });
});

describe('a page of another origin', () => {
  const page = (origin: string, answers: Readonly<Record<'cors' | 'no-cors', boolean>>): string[] => {
    const asked: string[] = [];
    vi.stubGlobal('origin', origin);
    vi.stubGlobal('fetch', (url: string, { mode, credentials }: RequestInit) => {
      asked.push(`${mode} ${credentials} ${url}`);
      return answers[mode as 'cors'] ? Promise.resolve(new Response()) : Promise.reject(new TypeError());
    });
    return asked;
  };
  const refused = { cors: false, 'no-cors': true };

  test.each([
    ['tauri://localhost', 'pages of tauri://localhost: list that in `origins` of the gateway.'],
    [
      'null',
      'this page: it has the origin "null", as files have, which no gateway accepts. Load it from a server.',
    ],
  ])('%s that the server does not let read is told so, and asks once', async (origin, rest) => {
    const asked = page(origin, refused);
    const host = `gateway-of-${origin.length}.example`;
    for (let count = 0; count < 3; count++)
      expect(await obstacleOf(`wss://${host}/live?secret`, true)).toEqual({
        cause: 'origin',
        message: `The server https://${host} answers, but not ${rest}`,
      });
    expect(asked).toEqual([`cors omit https://${host}/live`, `no-cors omit https://${host}/live`]);
  });

  test.each([
    ['that may read', { cors: true, 'no-cors': true }],
    ['whose gateway does not answer', { cors: false, 'no-cors': false }],
  ])('%s is told nothing, and asks each time', async (_, answers) => {
    const asked = page('https://app.example', answers);
    for (let count = 0; count < 2; count++)
      expect(await obstacleOf('https://other.example/live', true)).toBeNull();
    expect(asked.length).toBe(answers.cors ? 2 : 4);
  });

  test('asks nothing of its own server', async () => {
    const asked = page('https://app.example', refused);
    expect(await obstacleOf('wss://app.example/live', true)).toBeNull();
    expect(asked).toEqual([]);
  });
});

describe('silence', () => {
  const entries = (...given: { name: string; nextHopProtocol: string }[]): void => {
    vi.stubGlobal('performance', { getEntriesByType: () => given });
  };

  test('after an answer has begun is that of a proxy', () => {
    expect(silenceOf('/live', true).cause).toBe('buffering');
  });

  test.each([
    ['http/1.1', 'http://app.example/page.js', 'connection-limit'],
    ['h2', 'http://app.example/page.js', null],
    ['http/1.1', 'http://other.example/page.js', null],
  ])('over %s, known from %s, is %s', (nextHopProtocol, name, cause) => {
    pageAt('http://app.example/');
    entries({ name, nextHopProtocol });
    expect(silenceOf('/live', false).cause).toBe(cause);
    expect(silenceOf('ws://app.example/live', false).cause).toBe(cause);
  });

  test('of which nothing is known has no cause', () => {
    vi.stubGlobal('performance', undefined);
    expect(silenceOf('/live', false)).toEqual({ cause: null, hint: '' });
  });
});
