import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import {
  finnhub,
  WebSocketPriceStreamAdapter,
  type Venue,
  type VenueSession,
  type VenueSink,
} from 'tickmark/websocket';
import type { StreamStatus, TickmarkError } from 'tickmark';
import { seededRandom } from '../../../src/core/random.js';
import { ScriptedTransport, type ScriptedConnection } from '../connection/scripted-transport.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A stream whose venue speaks in words: `in` lets in, `full` refuses, `sub X` and `unsub X` are requests. */
function world(venue: Partial<Venue> = {}, session: (sink: VenueSink) => Partial<VenueSession> = () => ({})) {
  const clock = new FakeClock();
  let script: (connection: ScriptedConnection) => void = (connection) => {
    connection.open();
    connection.frame('in');
  };
  const transport = new ScriptedTransport((connection) => void clock.defer(() => script(connection)));
  const statuses: StreamStatus[] = [];
  const errors: TickmarkError[] = [];
  const adapter = new WebSocketPriceStreamAdapter({
    clock,
    random: seededRandom(3),
    transport,
    onError: (error) => errors.push(error),
    venue: {
      name: 'words',
      url: 'ws://127.0.0.1:1',
      acknowledges: false,
      limits: { connections: 1 },
      open: (sink) => ({
        start: () => undefined,
        subscribe: (symbols) => symbols.map((symbol) => `sub ${symbol}`),
        unsubscribe: (symbols) => symbols.map((symbol) => `unsub ${symbol}`),
        receive: (frame) => {
          if (frame === 'in') sink.ready();
          else if (frame === 'full') sink.fatal('VENUE_LIMIT', 'too many connections');
          else sink.control('other');
        },
        ...session(sink),
      }),
      ...venue,
    },
  });
  adapter.onStatus((status) => statuses.push(status));
  ends.push(async () => {
    await adapter.disconnect();
    expect(clock.pending).toBe(0);
  });
  const connect = async (): Promise<unknown> => {
    let outcome: unknown = 'pending';
    adapter.connect().then(
      () => (outcome = 'done'),
      (error: unknown) => (outcome = error),
    );
    await clock.advance(10);
    return outcome;
  };
  return {
    clock,
    transport,
    adapter,
    statuses,
    errors,
    connect,
    from: (next: typeof script) => void (script = next),
  };
}

const full = (connection: ScriptedConnection): void => {
  connection.open();
  connection.frame('full');
};

describe('a refusal because of too many connections', () => {
  test('fails connect() when it is the first connection', async () => {
    const { connect, from, transport, clock } = world();
    from(full);
    expect(await connect()).toMatchObject({ code: 'VENUE_LIMIT', retryable: false });
    await clock.advance(10_000);
    expect(transport.connections).toHaveLength(1);
  });

  test('is retried at most once a second after a loss, since the venue may still count the lost connection', async () => {
    const { connect, from, transport, clock, adapter, errors } = world();
    expect(await connect()).toBe('done');
    const tries: number[] = [];
    from((connection) => {
      tries.push(clock.monotonic());
      full(connection);
    });
    transport.last.drop();
    await clock.advance(60_000);
    expect(adapter.getStatus().state).toBe('reconnecting');
    expect(errors.filter(({ code }) => code === 'VENUE_LIMIT').length).toBe(transport.connections.length - 1);
    expect(tries.length).toBeGreaterThan(20);
    for (const [index, at] of tries.entries())
      if (index > 0) expect(at - tries[index - 1]!).toBeGreaterThanOrEqual(1000);
    from((connection) => {
      connection.open();
      connection.frame('in');
    });
    await clock.advance(4000);
    expect(adapter.getStatus().state).toBe('connected');
  });

  test('fails the stream two minutes after a loss', async () => {
    const { connect, from, transport, clock, adapter } = world();
    await connect();
    // Long after the start: only the time since the loss counts.
    await clock.advance(600_000);
    from(full);
    transport.last.drop();
    await clock.advance(119_000);
    expect(adapter.getStatus().state).toBe('reconnecting');
    await clock.advance(5000);
    expect(adapter.getStatus()).toMatchObject({ state: 'failed', error: { code: 'VENUE_LIMIT' } });
    const { length } = transport.connections;
    await clock.advance(100_000);
    expect(transport.connections).toHaveLength(length);
  });

  test('fails the stream at once when it comes over a connection in use', async () => {
    const { connect, transport, adapter } = world();
    await connect();
    transport.last.frame('full');
    expect(adapter.getStatus()).toMatchObject({ state: 'failed', error: { code: 'VENUE_LIMIT' } });
  });
});

describe('a venue that promises a frame every so often', () => {
  test('is closed when none came, although pings are answered', async () => {
    const { connect, transport, clock, adapter, errors } = world({ heartbeat: { frameWithinMs: 60_000 } });
    await connect();
    for (let minute = 0; minute < 10; minute++) {
      transport.last.frame('ping');
      await clock.advance(59_000);
    }
    expect(transport.connections).toHaveLength(1);
    await clock.advance(20_000);
    expect(transport.connections).toHaveLength(2);
    expect(transport.connections[0]!.pings).toBeGreaterThan(500);
    expect(errors[0]!.message).toMatch(/No frame came over the link for \d+ ms/);
    expect(adapter.getStatus().state).toBe('connected');
    // The link that took over is watched in the same way.
    await clock.advance(80_000);
    expect(transport.connections).toHaveLength(3);
  });

  test('such as Finnhub, which pings every one or two minutes, is closed after three minutes', async () => {
    const { connect, transport, clock } = world({ heartbeat: finnhub({ token: 'x' }).heartbeat! });
    await connect();
    for (let i = 0; i < 5; i++) {
      transport.last.frame('{"type":"ping"}');
      await clock.advance(120_000);
    }
    expect(transport.connections).toHaveLength(1);
    await clock.advance(70_000);
    expect(transport.connections).toHaveLength(2);
  });
});

test('frames are sent in the order in which a session makes them, also while it reads a frame', async () => {
  let made = 0;
  const numbered = (): string => `frame ${++made}`;
  const { connect, transport, adapter, clock } = world({}, (sink) => ({
    subscribe: () => [numbered()],
    receive: (frame) => {
      if (frame !== 'in') return sink.control('other');
      // Wanted symbols are requested within this call.
      sink.ready();
      sink.send(numbered());
    },
  }));
  await connect();
  await adapter.subscribe(['AAA']);
  transport.last.drop();
  made = 0;
  await clock.advance(1000);
  expect(transport.connections).toHaveLength(2);
  expect(transport.last.sent).toEqual(['frame 1', 'frame 2']);
});
