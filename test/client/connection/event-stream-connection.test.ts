import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  eventStreams,
  type ClientFetch,
  type ClientFetchInit,
  type ConnectionEnd,
  type ConnectionRequest,
} from 'tickmark/client';
import { systemClock } from '../../../src/core/clock.js';
import type { ServerMessage } from '../../../src/protocol/server-messages.js';
import { until } from '../../waiting.js';

const REQUEST: ConnectionRequest = { token: null, held: [], position: null, added: ['portfolio:desk'] };
const CLOSE = {
  type: 'close',
  serverTime: 1,
  code: 4503,
  reason: 'Going away.',
  retry: true,
  retryAfterMs: 500,
};

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: ReadableStream<Uint8Array> | string;
}

/** A stream that the test writes to. */
function writable() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (each) => void (controller = each) });
  const encoder = new TextEncoder();
  return {
    body,
    write: (text: string) => controller.enqueue(encoder.encode(text)),
    end: () => controller.close(),
    fail: () => controller.error(new Error('reset')),
  };
}

const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
const originalResponse = Response;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Opens a connection with a scripted response. */
async function open(
  answer: Answer | Error,
  more: { request?: Partial<ConnectionRequest>; url?: string } = {},
) {
  const calls: { url: string; init: ClientFetchInit }[] = [];
  const fetch: ClientFetch = (url, init) => {
    calls.push({ url, init });
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(new Response(answer.body ?? null, { status: 200, headers, ...answer }));
  };
  const messages: ServerMessage[] = [];
  const ends: ConnectionEnd[] = [];
  const alive = vi.fn();
  const connect = eventStreams({ fetch, credentials: 'include' })(more.url ?? 'https://api.example/live');
  const connection = connect(
    { ...REQUEST, ...more.request },
    { message: (message) => messages.push(message), alive, ended: (end) => ends.push(end) },
  );
  await settle();
  return { connection, messages, ends, alive, ...calls[0]! };
}

describe('an event stream', () => {
  it('asks for topics, and for what has changed since a position', async () => {
    const { url, init } = await open({ body: writable().body });
    expect(url).toBe('https://api.example/live?topic=portfolio%3Adesk');
    expect(init).toMatchObject({
      headers: { accept: 'text/event-stream' },
      credentials: 'include',
      cache: 'no-store',
      method: 'GET',
      redirect: 'manual',
    });
    const resumed = await open(
      { body: writable().body },
      {
        url: '/live?tenant=7#of-a-page',
        request: { held: ['price:A&B', 'price:C'], added: ['price:D'], position: 'life:7' },
      },
    );
    expect(resumed.url).toBe(
      '/live?tenant=7&topic=price%3AA%26B&topic=price%3AC&position=life%3A7&added=price%3AD',
    );
  });

  it('sends a token in a header, never in the address and not to the target of a redirect', async () => {
    const { url, init } = await open({ body: writable().body }, { request: { token: 'secret' } });
    expect(init.headers).toMatchObject({ authorization: 'Bearer secret' });
    expect(init.redirect).toBe('manual');
    expect(url).not.toContain('secret');
  });

  it('passes on messages and any other sign of life', async () => {
    const stream = writable();
    const { messages, alive } = await open(stream);
    stream.write('data: {"type":"heartbeat","serverTime":5}\n\nid: life:3\ndata: {"type":"upd');
    await settle();
    stream.write('ate","serverTime":6,"position":"life:3"}\n\n:\n\ndata: {"type":"of-later-versions"}\n\n');
    await settle();
    expect(messages).toEqual([
      { type: 'heartbeat', serverTime: 5 },
      { type: 'update', serverTime: 6, position: 'life:3' },
    ]);
    expect(alive).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['long', 'x'.repeat(20_000), true],
    ['short', 'x', false],
  ])('whose events are %s takes each in a task of its own: %3$j', async (_, filling, isOwn) => {
    const stream = writable();
    let hasBreak = false;
    const breaks: boolean[] = [];
    const fetch: ClientFetch = () => Promise.resolve(new Response(stream.body, { headers }));
    eventStreams({ fetch })('/live')(REQUEST, {
      message: () => {
        breaks.push(hasBreak);
        // Before any task that is planned from now on.
        systemClock.setTimer(() => void (hasBreak = true), 0);
      },
      alive: () => undefined,
      ended: () => undefined,
    });
    const event = (serverTime: number): string =>
      `data: ${JSON.stringify({ type: 'update', serverTime, filling })}\n\n`;
    stream.write(event(1) + event(2));
    await until('both have come', () => breaks.length === 2);
    expect(breaks).toEqual([false, isOwn]);
  });

  it.each([
    ['ends', (stream: ReturnType<typeof writable>) => stream.end(), 'The stream has ended.'],
    ['breaks', (stream: ReturnType<typeof writable>) => stream.fail(), 'The stream has ended.'],
  ])('that %s is reported once and may be tried again', async (_, end, message) => {
    const stream = writable();
    const { ends } = await open(stream);
    end(stream);
    await settle();
    expect(ends).toEqual([
      { code: null, message, cause: null, retry: true, retryAfterMs: null, refused: [] },
    ]);
  });

  it('ends with the close message of the gateway', async () => {
    const stream = writable();
    const { ends } = await open(stream);
    stream.write(`data: ${JSON.stringify(CLOSE)}\n\n`);
    await settle();
    expect(ends).toEqual([
      { code: 4503, message: 'Going away.', retry: true, retryAfterMs: 500, refused: [] },
    ]);
  });

  it('ends at an event beyond the limit instead of buffering it', async () => {
    const stream = writable();
    const { ends } = await open(stream);
    stream.write('data: ');
    for (let part = 0; part < 33; part++) stream.write('x'.repeat(2 ** 20));
    stream.write('\n\n');
    await until('the connection has ended', () => ends.length > 0);
    expect(ends).toMatchObject([{ message: 'The message is too long.' }]);
  });

  it('aborts its request when it is closed', async () => {
    const stream = writable();
    const { connection, init } = await open(stream);
    connection.close();
    expect(init.signal.aborted).toBe(true);
  });

  it('that cannot be opened is reported as ended', async () => {
    const { ends } = await open(new TypeError('Failed to fetch https://user:secret@api.example'));
    expect(ends).toMatchObject([{ message: 'The stream has ended.', retry: true }]);
  });

  const refused = [{ topic: 'portfolio:desk', reason: 'denied' }];
  const denied = {
    ...CLOSE,
    code: 4401,
    reason: 'Nothing was granted.',
    retry: false,
    retryAfterMs: null,
    refused,
  };
  it.each([
    ['the gateway', { status: 403, body: JSON.stringify(denied) }, { code: 4401, retry: false, refused }],
    ['a proxy', { status: 502, body: '<html>Bad gateway' }, { code: 502, retry: true, retryAfterMs: null }],
    [
      'a proxy that asks to wait',
      { status: 503, headers: { 'retry-after': '7' } },
      { retry: true, retryAfterMs: 7000 },
    ],
    ['a login', { status: 401 }, { code: 4401, retry: false }],
    [
      'a page, as a login page is',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { code: 4401, retry: false },
    ],
    ['a redirect', { status: 302, headers: { location: '/login' } }, { code: 4401, retry: false }],
    [
      'a proxy that asks to wait until a time',
      {
        status: 429,
        headers: { date: 'Mon, 30 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 30 Nov 2026 10:00:09 GMT' },
      },
      { code: 429, retry: true, retryAfterMs: 9000 },
    ],
    [
      'a proxy that asks to wait until a time that is over',
      {
        status: 503,
        headers: { date: 'Mon, 30 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 30 Nov 2026 09:00:00 GMT' },
      },
      { retry: true, retryAfterMs: 0 },
    ],
    [
      'a proxy that asks to wait for nonsense',
      { status: 503, headers: { 'retry-after': 'soon' } },
      { retry: true, retryAfterMs: null },
    ],
    ['a cache that has nothing newer', { status: 304 }, { code: 304, retry: true }],
    ['a server with several answers', { status: 300 }, { code: 300, retry: true }],
    ['a network that wants a login', { status: 511, body: '<html>' }, { code: 511, retry: true }],
    ['a part of a stream', { status: 206, body: 'data: {}\n\n' }, { code: 206, retry: true }],
    ['nothing to send', { status: 204 }, { code: 204, retry: false }],
    // As nginx answers with `return 204`.
    [
      'nothing to send, called HTML',
      { status: 204, headers: { 'content-type': 'text/html' } },
      { code: 204, retry: false },
    ],
    ['an address that is gone', { status: 410 }, { code: 410, retry: false }],
    ['another server', { status: 404 }, { code: 404, retry: true }],
    [
      'an answer that is no stream',
      { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
      { code: 200, retry: true },
    ],
  ])('rejected by %s reports why', async (_, answer, end) => {
    const { ends } = await open(answer);
    expect(ends).toMatchObject([end]);
    expect(ends[0]!.message).not.toBe('');
  });

  it.each([
    ['120, 120', 120_000],
    ['1.5', 1000],
    ['5s', 5000],
    ['-5', 0],
    ['"5"', null],
    ['9'.repeat(400), 3_600_000],
    // Without a date of the answer, which a browser shows to pages of its own origin only, the clock of this machine counts.
    ['Wed, 21 Oct 2099 07:28:00 GMT', 3_600_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ])('whose proxy writes Retry-After: %s waits %j ms, an hour at most', async (value, retryAfterMs) => {
    const { ends } = await open({ status: 503, headers: { 'retry-after': value } });
    expect(ends).toMatchObject([{ retry: true, retryAfterMs }]);
  });

  it('that a platform cannot read says what to pass', async () => {
    const { ends } = await open({ body: null as never });
    expect(ends).toMatchObject([{ retry: false, cause: 'platform' }]);
    expect(ends[0]!.message).toContain('eventStreams({ fetch })');
  });
});

describe('an event stream of a platform', () => {
  afterEach(() => vi.unstubAllGlobals());

  async function endsOn(fetch?: ClientFetch) {
    const asked = vi.fn(fetch ?? (() => new Promise(() => undefined)));
    if (!fetch) vi.stubGlobal('fetch', asked);
    const ends: ConnectionEnd[] = [];
    eventStreams(fetch ? { fetch: asked as never } : {})('https://api.example/live')(REQUEST, {
      message: () => undefined,
      alive: () => undefined,
      ended: (end) => ends.push(end),
    });
    await settle();
    return { asked, ends };
  }

  // That of React Native, which is over XMLHttpRequest, would answer at the end of the stream.
  it.each([
    ['without a body', class {}],
    ['that does not exist', undefined],
  ])('whose fetch gives a Response %s asks for nothing, and says what to pass', async (_, Response) => {
    vi.stubGlobal('Response', Response);
    const { asked, ends } = await endsOn();
    expect(asked).not.toHaveBeenCalled();
    expect(ends).toMatchObject([{ retry: false, cause: 'platform' }]);
    expect(ends[0]!.message).toContain('eventStreams({ fetch })');
  });

  it('is asked for over a fetch that is passed, whatever the platform has', async () => {
    const body = writable();
    vi.stubGlobal('Response', undefined);
    const { asked, ends } = await endsOn(() => Promise.resolve(new originalResponse(body.body, { headers })));
    expect([asked.mock.calls.length, ends]).toEqual([1, []]);
  });

  it('without a TextDecoder says what is missing', async () => {
    vi.stubGlobal('TextDecoder', undefined);
    const { ends } = await endsOn();
    expect(ends).toMatchObject([{ retry: false, cause: 'platform' }]);
    expect(ends[0]!.message).toContain('TextDecoder');
  });
});

describe('an event stream with more topics than an address has room for', () => {
  const topics = Array.from({ length: 1000 }, (_, at) => `price:產品 ${at}` as const);

  /** Answers each call with the next answer. */
  function scripted(...answers: Response[]) {
    const calls: { url: string; method: string; body: unknown }[] = [];
    const messages: ServerMessage[] = [];
    const unchangeable = vi.fn();
    const ends: ConnectionEnd[] = [];
    const fetch: ClientFetch = (url, { method, body }) => {
      calls.push({ url, method, body: body === undefined ? null : JSON.parse(body) });
      return Promise.resolve(answers.shift()!);
    };
    const connect = (request: Partial<ConnectionRequest>) =>
      eventStreams({ fetch })('/live')(
        { ...REQUEST, ...request },
        {
          message: (each) => messages.push(each),
          alive: () => undefined,
          unchangeable,
          ended: (end) => ends.push(end),
        },
      );
    return { calls, messages, unchangeable, ends, connect };
  }
  const welcome = (session?: string) => {
    const stream = writable();
    stream.write(`data: ${JSON.stringify({ type: 'welcome', serverTime: 5, session })}\n\n`);
    return new Response(stream.body, { headers });
  };

  it('asks for them by POST', async () => {
    const { calls, connect } = scripted(welcome(), welcome());
    connect({ added: topics });
    connect({ held: topics, added: ['price:X'], position: 'life:7' });
    await settle();
    expect(calls).toEqual([
      { url: '/live', method: 'POST', body: { topics } },
      { url: '/live', method: 'POST', body: { topics, added: ['price:X'], position: 'life:7' } },
    ]);
  });

  it.each([404, 405, 501])(
    'asks by GET for those that fit where POST gets %d, and refuses the others by name',
    async (status) => {
      const { calls, messages, connect } = scripted(new Response(null, { status }), welcome());
      connect({ added: topics });
      await settle();
      const { url, method } = calls[1]!;
      expect(method).toBe('GET');
      expect(url.length).toBeLessThanOrEqual(4000);
      const asked = new URL(url, 'http://a').searchParams.getAll('topic');
      expect(asked.length).toBeGreaterThan(50);
      expect(messages[1]).toEqual({
        type: 'ended',
        serverTime: 5,
        topics: topics.slice(asked.length),
        reason: 'limit',
      });
    },
  );

  it('changes them by POST while it is open, one change after the other', async () => {
    let accept!: (response: Response) => void;
    const { calls, connect, unchangeable } = scripted(
      welcome('s1'),
      {
        then: (resolve: typeof accept) => (accept = resolve),
      } as never,
      new Response(null, { status: 204 }),
    );
    const connection = connect({});
    await settle();
    connection.change!(['price:A'], ['portfolio:desk']);
    connection.change!(['price:B'], []);
    connection.change!(['price:C'], ['price:B']);
    await settle();
    expect(calls.slice(1)).toEqual([
      {
        url: '/live',
        method: 'POST',
        body: {
          session: 's1',
          messages: [
            { type: 'unsubscribe', topics: ['portfolio:desk'] },
            { type: 'subscribe', topics: ['price:A'] },
          ],
        },
      },
    ]);
    accept(new Response(null, { status: 204 }));
    await until('the next change was sent', () => calls.length === 3);
    expect(calls[2]!.body).toEqual({
      session: 's1',
      messages: [
        { type: 'unsubscribe', topics: ['price:B'] },
        { type: 'subscribe', topics: ['price:C'] },
      ],
    });
    expect(unchangeable).not.toHaveBeenCalled();
  });

  it('adds many topics in portions, so that no answer takes long', async () => {
    const { calls, connect } = scripted(welcome('s1'), new Response(null, { status: 204 }));
    const connection = connect({});
    await settle();
    connection.change!(topics, []);
    await settle();
    const { messages } = calls[1]!.body as { messages: { type: string; topics: string[] }[] };
    expect(messages.map((each) => [each.type, each.topics.length])).toEqual(
      [250, 250, 250, 250].map((length) => ['subscribe', length]),
    );
    expect(messages.flatMap((each) => each.topics)).toEqual(topics);
  });

  it.each([404, 405, 403, 500])(
    'says once that changes answered with %d take a new stream',
    async (status) => {
      const { connect, unchangeable, calls } = scripted(welcome('s1'), new Response(null, { status }));
      const connection = connect({});
      await settle();
      connection.change!(['price:A'], []);
      await settle();
      expect(unchangeable).toHaveBeenCalledTimes(1);
      connection.change!(['price:B'], []);
      await settle();
      expect(calls).toHaveLength(2);
    },
  );

  describe('a change of which is answered', () => {
    afterEach(() => vi.useRealTimers());

    it.each([
      ['never', true],
      ['in time', false],
    ])('%s takes a new stream after ten seconds: %j', async (_, isLost) => {
      let accept!: (response: Response) => void;
      const answer = { then: (resolve: typeof accept) => (accept = resolve) };
      const { connect, unchangeable, calls } = scripted(welcome('s1'), answer as never);
      const connection = connect({});
      await settle();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      connection.change!(['price:A'], []);
      await settle();
      await vi.advanceTimersByTimeAsync(9999);
      expect([calls.length, unchangeable.mock.calls.length]).toEqual([2, 0]);
      if (!isLost) accept(new Response(null, { status: 204 }));
      await settle();
      await vi.advanceTimersByTimeAsync(1000);
      expect(unchangeable).toHaveBeenCalledTimes(isLost ? 1 : 0);
      expect(vi.getTimerCount()).toBe(0);
      // Too late.
      if (isLost) accept(new Response(null, { status: 404 }));
      await settle();
      expect(unchangeable).toHaveBeenCalledTimes(isLost ? 1 : 0);
    });
  });

  it('cannot be changed where the gateway names no session', async () => {
    const connection = scripted(welcome()).connect({});
    await settle();
    expect([connection.change, connection.authenticate]).toEqual([undefined, undefined]);
  });
});

describe('without options', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('the fetch of the platform is used', async () => {
    const fetch = vi.fn(() => new Promise(() => undefined));
    vi.stubGlobal('fetch', fetch);
    eventStreams()('/live')(REQUEST, { message: vi.fn(), alive: vi.fn(), ended: vi.fn() });
    expect(fetch).toHaveBeenCalledWith(
      '/live?topic=portfolio%3Adesk',
      expect.objectContaining({ credentials: 'same-origin' }),
    );
  });
});
