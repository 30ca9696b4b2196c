import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClientFetch, TickmarkClient } from 'tickmark/client';
import { DESK } from '../gateway/rig/gateway-rig.js';
import { LiveSite } from '../browser/live-site.js';
import { ReactNative, type UrlParts } from '../platforms/react-native.js';
import { canUsePlatformPackages } from '../platforms/platform-packages.js';
import { until } from '../waiting.js';

// The client with the globals of React Native, and with the packages that apps take for networking, at a real gateway.

describe.skipIf(!canUsePlatformPackages())('in React Native', () => {
  let site: LiveSite;
  let client: TickmarkClient | undefined;

  beforeAll(async () => {
    site = await LiveSite.start({
      pages: {},
      portfolios: [DESK],
      // Native requests have no `Origin`.
      gateway: { allowMissingOrigin: true },
    });
    await site.prices({ ACME: '2', GLOBEX: '2' });
  });
  afterEach(() => client?.close());
  afterAll(() => site?.close());

  /** A client of the app. @param transport An expression of the app. */
  function clientWith(app: ReactNative, transport: string, given: Record<string, unknown> = {}) {
    client = app.run<TickmarkClient>(`new app.TickmarkClient({ url, transport: ${transport} })`, {
      url: `${site.url('live')}?tenant=7`,
      ...given,
    });
    return client;
  }

  /** The value of the portfolio, once it is there. */
  async function valueOf(reader: TickmarkClient): Promise<string | null> {
    const desk = reader.portfolio('desk');
    desk.subscribe(() => undefined);
    await until('there is a value', () => desk.getSnapshot().state === 'ready');
    return desk.getSnapshot().value!.marketValue;
  }

  const valueNow = (reader: TickmarkClient) => reader.portfolio('desk').getSnapshot().value!.marketValue;

  const STREAMING =
    'app.eventStreams({ fetch: (url, init) => app.fetch(url, { ...init, reactNative: { textStreaming: true } }) })';
  // What it is over; the native side of the last one is not JavaScript, so it is the fetch of this platform with what it takes and gives.
  const expoFetch: ClientFetch = async (url, { method, body, headers, signal, credentials }) => {
    const response = await fetch(url, { method, headers, signal, credentials, ...(body && { body }) });
    const { status, headers: received, body: stream } = response;
    return { status, headers: received, body: stream, text: () => response.text() } as never;
  };
  it.each<[string, string, UrlParts, Record<string, unknown>]>([
    ['a WebSocket', 'app.webSockets()', 'parts', {}],
    ['a WebSocket of older versions', 'app.webSockets()', 'no parts', {}],
    ['event streams with react-native-fetch-api', STREAMING, 'parts', {}],
    ['event streams with expo/fetch', 'app.eventStreams({ fetch: expoFetch })', 'no parts', { expoFetch }],
  ])('connects over %s, and changes its topics', async (_, transport, url, given) => {
    const reader = clientWith(await ReactNative.start({ url }), transport, given);
    expect(await valueOf(reader)).toBe('300.00');
    const { opened } = site.gateway.stats();
    const price = reader.price('ACME');
    price.subscribe(() => undefined);
    await until('there is a price', () => price.getSnapshot().state === 'ready');
    await site.prices({ ACME: '3' });
    await until('the price has changed', () => price.getSnapshot().value!.price === '3');
    await site.prices({ ACME: '2' });
    await until('the value is as before', () => valueNow(reader) === '300.00');
    expect(site.gateway.stats().opened).toBe(opened);
  });

  it('asks for the address that it was given', async () => {
    const before = site.upgraded.length;
    await valueOf(clientWith(await ReactNative.start(), 'app.webSockets()'));
    expect(site.upgraded.slice(before)).toEqual(['/live?tenant=7']);
  });

  it.each([
    ['its own fetch', {}, 'app.eventStreams()', /cannot stream.*eventStreams\(\{ fetch \}\).*webSockets\(\)/],
    [
      'a fetch that streams, and no TextDecoder',
      { decoder: false },
      'app.eventStreams({ fetch: expoFetch })',
      /TextDecoder.*webSockets\(\)/,
    ],
  ])('says at once why it cannot read event streams with %s', async (_, has, transport, message) => {
    const { opened } = site.gateway.stats();
    const reader = clientWith(await ReactNative.start(has), transport, { expoFetch });
    reader.portfolio('desk').subscribe(() => undefined);
    await until('the client has given up', () => reader.connection.getSnapshot().state === 'closed');
    expect(reader.connection.getSnapshot().error).toMatchObject({
      cause: 'platform',
      message: expect.stringMatching(message),
    });
    expect(site.gateway.stats().opened).toBe(opened);
  });

  it.each<UrlParts>(['parts', 'no parts'])(
    'goes on trying while there is no gateway, with a URL that has %s',
    async (url) => {
      const app = await ReactNative.start({ url });
      const reader = clientWith(app, 'app.webSockets()', { url: 'http://127.0.0.1:9/live' });
      reader.portfolio('desk').subscribe(() => undefined);
      let { attempt, error, nextTryAt } = reader.connection.getSnapshot();
      // The second try may follow at once.
      await until('it waits for another try', () => {
        ({ attempt, error, nextTryAt } = reader.connection.getSnapshot());
        return attempt >= 1 && nextTryAt !== null;
      });
      expect(error).toMatchObject({ cause: null, message: 'The connection has ended.' });
    },
  );

  it('without a host has no address, and says so', async () => {
    const app = await ReactNative.start({ url: 'no parts' });
    const reader = clientWith(app, 'app.webSockets()', { url: '/live' });
    reader.portfolio('desk').subscribe(() => undefined);
    await until('the client has given up', () => reader.connection.getSnapshot().state === 'closed');
    expect(reader.connection.getSnapshot().error).toMatchObject({
      cause: 'platform',
      message: 'The address "/live" belongs to no page here: pass one that begins with https://.',
    });
  });

  it('the EventSource of react-native-sse reads the same stream, for readers that have no client', async () => {
    interface Source {
      addEventListener(type: string, listener: (event: { readonly data: string }) => void): void;
      close(): void;
    }
    const app = await ReactNative.start();
    const url = `${site.url('live')}?topic=portfolio:desk`;
    const source = app.run<Source>('new app.EventSource(url)', { url });
    const messages: { type: string; portfolios?: { marketValue: string }[] }[] = [];
    source.addEventListener('message', ({ data }) => messages.push(JSON.parse(data) as never));
    await until('there is a value', () => messages.some(({ type }) => type === 'snapshot'));
    source.close();
    const { portfolios } = messages.find(({ type }) => type === 'snapshot')!;
    expect(portfolios![0]!.marketValue).toBe('300.00');
  });
});
