import type { Socket } from 'node:net';
import { frame, type Attack, type Attacker } from './attacker.js';
import { PORTFOLIOS } from './world.js';

const TEXT = 1;
const PING = 9;

const topics = (attacker: Attacker, count: number): string[] =>
  Array.from({ length: count }, () => `portfolio:${Math.floor(attacker.random() * PORTFOLIOS * 1.2)}`);
const all = Array.from({ length: PORTFOLIOS }, (_, id) => `portfolio:${id}`);
const message = (given: object): Buffer => frame(TEXT, JSON.stringify(given));
const target = (wanted: readonly string[]): string =>
  `/live?${wanted.map((topic) => `topic=${encodeURIComponent(topic)}`).join('&')}`;

/** A WebSocket on which something is said again and again, until it is cut. */
async function talk(
  attacker: Attacker,
  everyMs: number,
  say: (socket: Socket) => string | Uint8Array,
  first?: object,
): Promise<void> {
  const socket = attacker.open();
  await attacker.write(socket, attacker.handshake());
  if (first) await attacker.write(socket, message(first));
  while (!socket.destroyed && !attacker.isStopped) {
    await attacker.write(socket, say(socket));
    await attacker.pause(everyMs);
  }
}

const subscribeAll = { type: 'subscribe', topics: all };

/** What hostile readers do, by name. */
export const HOSTILE_KINDS = {
  /** Subscribes to everything and reads nothing. */
  'never-reads': async (attacker) => {
    const socket = attacker.open({ reads: false });
    await attacker.write(socket, attacker.handshake());
    await attacker.write(socket, message(subscribeAll));
    await attacker.pause(15_000);
    socket.destroy();
  },
  /** The same over an event stream. */
  'never-reads-stream': async (attacker) => {
    const socket = attacker.open({ reads: false });
    await attacker.write(socket, attacker.head(target(all)));
    await attacker.pause(15_000);
    socket.destroy();
  },
  'ping-flood': (attacker) => {
    const pings = Buffer.concat(Array.from({ length: 200 }, () => frame(PING, 'x'.repeat(100))));
    return talk(attacker, 20, () => pings, subscribeAll);
  },
  'malformed-frames': async (attacker) => {
    const bytes = Uint8Array.from({ length: 40 }, () => attacker.random() * 256);
    const broken = [
      frame(TEXT, bytes),
      frame(3, 'x'),
      frame(TEXT, 'x', 0xf0),
      Buffer.from(bytes),
      message({ type: 'x' }),
    ];
    await talk(attacker, 30, () => broken[Math.floor(attacker.random() * broken.length)]!, subscribeAll);
  },
  /** A thousand topics again and again, at the rate that messages may have. */
  'resubscription-storm': (attacker) => {
    const wanted = topics(attacker, 1000);
    return talk(attacker, 50, () => message({ type: 'subscribe', topics: wanted }));
  },
  'resume-storm': (attacker) => {
    let offset = 0;
    return talk(attacker, 50, () => message({ type: 'resume', topics: all, position: `e:${offset++}` }));
  },
  'reconnect-storm': async (attacker) => {
    for (let count = 0; count < 10 && !attacker.isStopped; count++) {
      const socket = attacker.open();
      const isStream = attacker.random() < 0.5;
      await attacker.write(socket, isStream ? attacker.head(target(all)) : attacker.handshake());
      if (!isStream) await attacker.write(socket, message(subscribeAll));
      if (attacker.random() < 0.5) socket.resetAndDestroy();
      else socket.destroy();
    }
  },
  'auth-storm': (attacker) =>
    talk(attacker, 50, () =>
      message({ type: 'auth', token: `t${attacker.random()}`.slice(0, 3 + attacker.random() * 9) }),
    ),
  'message-flood': (attacker) => {
    const pongs = Buffer.concat(Array.from({ length: 100 }, () => message({ type: 'pong' })));
    return talk(attacker, 20, () => pongs, subscribeAll);
  },
  pipelining: async (attacker) => {
    const socket = attacker.open();
    await attacker.write(socket, attacker.head(target(all.slice(0, 10))).repeat(50));
    await attacker.pause(100);
    socket.destroy();
  },
  /** Sends its request byte by byte, and never ends it. */
  trickle: async (attacker) => {
    const socket = attacker.open();
    for (const character of attacker.head(target(all)).slice(0, -2)) {
      if (socket.destroyed || attacker.isStopped) break;
      await attacker.write(socket, character);
      await attacker.pause(50);
    }
    socket.destroy();
  },
  /** Reads a little now and then, so that it is never quite still. */
  'slow-reading': async (attacker) => {
    const socket = attacker.open({ reads: false });
    await attacker.write(socket, attacker.handshake());
    await attacker.write(socket, message(subscribeAll));
    for (let count = 0; count < 100 && !socket.destroyed && !attacker.isStopped; count++) {
      socket.read(100);
      await attacker.pause(200);
    }
    socket.destroy();
  },
  'huge-messages': async (attacker) => {
    const huge = frame(
      TEXT,
      `{"type":"subscribe","topics":["${'x'.repeat(attacker.random() < 0.5 ? 60_000 : 1_000_000)}"]}`,
    );
    await talk(attacker, 100, () => huge);
  },
  /** Sixty thousand brackets in each message. */
  'nested-messages': (attacker) => talk(attacker, 50, () => frame(TEXT, '['.repeat(60_000))),
} satisfies Record<string, Attack>;

export type HostileKind = keyof typeof HOSTILE_KINDS;
