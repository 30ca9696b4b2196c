import { afterEach, describe, expect, test } from 'vitest';
import { Gateway, type SecurityEvent } from 'tickmark/gateway';
import { FakeSocket } from './rig/fake-socket.js';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

type Headers = Record<string, string>;

/** Sends a request to the gateway at `base`. */
const ask = (headers: Headers, method = 'GET', base = 'https://api.example.com') =>
  rig.gateway.handle(new Request(`${base}/live?topic=portfolio:desk`, { method, headers }));

/** Opens a WebSocket at `base`. @returns The code that it was closed with. */
const open = (headers: Headers, base = 'https://api.example.com') => {
  const socket = new FakeSocket();
  rig.gateway.open(socket, new Request(`${base}/live`, { headers }));
  return socket;
};

describe('the origin allow-list', () => {
  test.each([
    ['absent', undefined],
    ['null', 'null'],
    ['empty', ''],
    ['of another host', 'https://evil.example'],
    ['with the host as a prefix', 'https://app.example.com.evil.example'],
    ['with the host as a suffix', 'https://evilapp.example.com'],
    ['of a subdomain', 'https://x.app.example.com'],
    ['of the parent domain', 'https://example.com'],
    ['with a port', 'https://app.example.com:8443'],
    ['with the default port', 'https://app.example.com:443'],
    ['with another scheme', 'http://app.example.com'],
    ['in upper case', 'https://APP.example.com'],
    ['with a slash', 'https://app.example.com/'],
    ['with a path', 'https://app.example.com/x'],
    ['with a user', 'https://app.example.com@evil.example'],
    ['with a dot at the end', 'https://app.example.com.'],
    ['with a homograph', 'https://xn--pp-2ya.example.com'],
    ['listed twice', 'https://app.example.com, https://app.example.com'],
    ['of the server with another port', 'https://api.example.com:8443'],
    ['of a subdomain of the server', 'https://x.api.example.com'],
    ['of an app that has the name of the server', 'capacitor://api.example.com'],
    ['of a file', 'file://'],
  ])('refuses an origin that is %s', async (_, origin) => {
    const events: SecurityEvent[] = [];
    await start({ onSecurityEvent: (event) => events.push(event) });
    const headers: Headers = origin === undefined ? {} : { origin };
    const response = await ask(headers);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 4403, retry: false });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask(headers, 'OPTIONS')).headers.get('access-control-allow-origin')).toBeNull();

    const socket = open(headers);
    expect(socket.messages).toMatchObject([{ type: 'close', code: 4403 }]);
    expect(socket.closeCode).toBe(4403);
    expect(rig.gateway.stats()).toMatchObject({
      opened: 0,
      refused: { 4403: 3 },
      authorizations: { asked: 0 },
    });
    expect(events.map(({ type, detail }) => [type, detail])).toEqual(
      Array(3).fill(['origin-refused', origin ?? 'no origin']),
    );
  });

  test('says whether the origin is not allowed, or the header is missing and what permits that', async () => {
    await start();
    const missing = 'The Origin header is missing; the gateway option allowMissingOrigin permits that.';
    const foreign = 'This origin is not allowed.';
    const cases: ReadonlyArray<readonly [Headers, string]> = [
      [{}, missing],
      [{ 'sec-fetch-site': 'none' }, missing],
      [{ origin: 'https://evil.example' }, foreign],
      // The option does not permit these.
      [{ 'sec-fetch-site': 'cross-site' }, foreign],
      [{ referer: 'https://evil.example/' }, foreign],
    ];
    for (const [headers, reason] of cases) {
      expect(await (await ask(headers)).json()).toMatchObject({ code: 4403, reason });
      expect(open(headers).messages).toMatchObject([{ code: 4403, reason }]);
    }
  });

  test('permits a page of an allowed origin to read, with the CORS headers', async () => {
    await start();
    const { status, headers } = await ask({ origin: 'https://app.example.com' });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toBe('origin');
  });

  test('answers the preflight request of browsers', async () => {
    await start();
    const { status, headers } = await ask({ origin: 'https://app.example.com' }, 'OPTIONS');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(headers.get('access-control-allow-headers')).toContain('last-event-id');
  });

  test.each([
    'app.example.com',
    'https://app.example.com/',
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://*.example.com',
    '*',
    'null',
    'file://',
    'capacitor://',
    'capacitor://localhost/index.html',
    'javascript:alert(1)',
  ])('rejects %s as an origin', async (origin) => {
    await start();
    expect(() => new Gateway({ ...rig.options(), origins: [origin] })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  test.each([
    'capacitor://localhost',
    'tauri://localhost',
    'ionic://localhost',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'http://localhost:5173',
    'http://[::1]:5173',
  ])('permits the pages of %s to read if it lists that origin', async (origin) => {
    await start();
    expect((await ask({ origin })).status).toBe(403);
    await rig.endGateway();
    rig.gateway = new Gateway({ ...rig.options(), origins: [origin] });
    expect((await ask({ origin })).headers.get('access-control-allow-origin')).toBe(origin);
    expect(open({ origin }).closeCode).toBeUndefined();
    expect((await ask({ origin: `${origin}x` })).status).toBe(403);
  });
});

describe('a page of the server’s own origin', () => {
  test('over plain HTTP does not belong to a server that is reached over TLS', async () => {
    await start({ origins: [] });
    const status = async (url: string, headers: Record<string, string>) =>
      (await rig.gateway.handle(new Request(`${url}/live?topic=portfolio:desk`, { headers }))).status;
    const plain = { origin: 'http://app.example.com' };
    expect(await status('https://app.example.com', plain)).toBe(403);
    expect(await status('http://app.example.com', { ...plain, 'x-forwarded-proto': 'https' })).toBe(403);
    expect(await status('http://app.example.com', plain)).toBe(200);
    expect(await status('http://app.example.com', { origin: 'https://app.example.com' })).toBe(200);
  });

  test('reads over HTTPS, where the browser sends Sec-Fetch-Site and no Origin header', async () => {
    await start({ origins: [] });
    const referer = 'https://api.example.com/dashboard';
    expect((await ask({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    for (const site of ['same-site', 'cross-site', 'none']) {
      expect((await ask({ 'sec-fetch-site': site, referer })).status).toBe(403);
    }
    expect((await ask({ 'sec-fetch-site': 'same-origin', origin: 'null' })).status).toBe(403);
  });

  test.each([
    ['http://10.0.0.5:8080', 'http://10.0.0.5:8080/dashboard?x=1'],
    ['http://10.0.0.5:8080', 'http://10.0.0.5:8080/'],
    ['http://intranet', 'http://intranet/a/b'],
    ['http://[fd00::5]:8080', 'http://[fd00::5]:8080/'],
    // The proxy terminates TLS.
    ['http://app.example.com', 'https://app.example.com/'],
  ])('reads over plain HTTP from %s, where only the Referer %s names its origin', async (base, referer) => {
    await start({ origins: [] });
    expect((await ask({ referer }, 'GET', base)).status).toBe(200);
  });

  test.each([
    'http://10.0.0.5/',
    'http://10.0.0.5:8081/',
    'http://10.0.0.6:8080/',
    'http://10.0.0.5:8080@evil.example/',
    'http://evil.example/?http://10.0.0.5:8080/',
    'https://10.0.0.5:8080.evil.example/',
    'android-app://10.0.0.5:8080/',
    'about:blank',
    'not an address',
    '',
  ])('is not one with the Referer %j', async (referer) => {
    await start({ origins: [], allowMissingOrigin: true });
    expect((await ask({ referer }, 'GET', 'http://10.0.0.5:8080')).status).toBe(403);
  });

  test.each([
    ['http://10.0.0.5:8080', 'http://10.0.0.5:8080'],
    ['https://api.example.com', 'https://api.example.com'],
    ['http://api.example.com', 'https://api.example.com'],
    ['http://localhost', 'http://localhost'],
  ])('opens a WebSocket to %s, which has the Origin %s', async (base, origin) => {
    await start({ origins: [] });
    expect(open({ origin }, base).closeCode).toBeUndefined();
    expect(open({ origin: `${origin}0` }, base).closeCode).toBe(4403);
  });
});

describe('allowMissingOrigin', () => {
  test('admits programs, and no other pages', async () => {
    await start({ allowMissingOrigin: true });
    expect((await ask({})).status).toBe(200);
    expect((await ask({ 'sec-fetch-site': 'none' })).status).toBe(200);
    expect(open({}).closeCode).toBeUndefined();
    const foreign: Headers[] = [
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', referer: 'https://api.example.com/' },
      { referer: 'https://evil.example/' },
    ];
    for (const headers of foreign) {
      expect((await ask(headers)).status).toBe(403);
      expect(open(headers).closeCode).toBe(4403);
    }
  });
});
