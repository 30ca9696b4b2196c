import { afterEach, describe, expect, test } from 'vitest';
import { Gateway } from 'tickmark/gateway';
import { FakeSocket } from './fake-socket.js';
import { GatewayRig, type RigOptions } from './gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

const ask = (headers: Record<string, string>, method = 'GET') =>
  rig.gateway.handle(new Request('https://api.example.com/live?topic=portfolio:desk', { method, headers }));

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
    ['with the default port written', 'https://app.example.com:443'],
    ['with another scheme', 'http://app.example.com'],
    ['in other letters', 'https://APP.example.com'],
    ['with a slash', 'https://app.example.com/'],
    ['with a path', 'https://app.example.com/x'],
    ['with a user', 'https://app.example.com@evil.example'],
    ['with a dot at the end', 'https://app.example.com.'],
    ['with a homograph', 'https://xn--pp-2ya.example.com'],
    ['twice', 'https://app.example.com, https://app.example.com'],
    ['of the server itself', 'https://api.example.com'],
  ])('refuses an origin that is %s', async (_, origin) => {
    await start();
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    const response = await ask(headers);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 4403, retry: false });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask(headers, 'OPTIONS')).headers.get('access-control-allow-origin')).toBeNull();

    const socket = new FakeSocket();
    rig.gateway.open(socket, new Request('https://api.example.com/live', { headers }));
    expect(socket.messages).toMatchObject([{ type: 'bye', code: 4403 }]);
    expect(socket.closeCode).toBe(4403);
    expect(rig.gateway.stats()).toMatchObject({
      opened: 0,
      refused: { 4403: 3 },
      authorizations: { asked: 0 },
    });
  });

  test('lets a page of an allowed origin read, with the CORS headers', async () => {
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
    expect(headers.get('access-control-allow-methods')).toBe('GET');
    expect(headers.get('access-control-allow-headers')).toContain('last-event-id');
  });

  test('lets a page of the same origin read, which sends no Origin header', async () => {
    await start({ origins: [] });
    expect((await ask({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await ask({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'none' })).status).toBe(403);
    expect((await ask({ 'sec-fetch-site': 'same-origin', origin: 'null' })).status).toBe(403);
  });

  test('lets requests without an origin in with allowMissingOrigin, and no further pages', async () => {
    await start({ allowMissingOrigin: true });
    expect((await ask({})).status).toBe(200);
    expect((await ask({ origin: 'null' })).status).toBe(403);
    expect((await ask({ origin: 'https://evil.example' })).status).toBe(403);
  });

  test.each([
    'app.example.com',
    'https://app.example.com/',
    'https://*.example.com',
    '*',
    'null',
    'ftp://app.example.com',
  ])('rejects %s as an origin', async (origin) => {
    await start();
    const { bus, engine } = rig;
    const make = () => new Gateway({ bus, values: engine, authorize: () => true, origins: [origin] });
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
