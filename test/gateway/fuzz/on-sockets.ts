import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { connect as connectHttp2, createSecureServer, type Http2SecureServer } from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway, nodeHandler } from 'tickmark/gateway';
import { systemClock, type Clock, type Timer } from '../../../src/core/clock.js';
import { until } from '../../waiting.js';
import { certificate } from '../rig/certificate.js';
import type { Chance } from './chance.js';
import { PORTFOLIOS, applicationOf } from './fuzzed-gateway.js';
import type { Tracked } from './leftovers.js';
import { mutatedBytes } from './mutation.js';
import { ORIGIN, handshakeHeaders, requestHeaders, streamTarget } from './reader-inputs.js';
import { webSocketBytes } from './web-socket-bytes.js';

/** The clock of the machine, and its pending timers. */
class CountingClock implements Clock {
  readonly #waiting = new Set<object>();

  get pending(): number {
    return this.#waiting.size;
  }

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#count((counted) => systemClock.setTimer(counted, delayMs), callback);
  }

  defer(callback: () => void): Timer {
    return this.#count((counted) => systemClock.defer(counted), callback);
  }

  #count(start: (counted: () => void) => Timer, callback: () => void): Timer {
    const waiting = {};
    this.#waiting.add(waiting);
    const timer = start(() => {
      this.#waiting.delete(waiting);
      callback();
    });
    return {
      clear: () => {
        this.#waiting.delete(waiting);
        timer.clear();
      },
    };
  }
}

/** A gateway behind real servers: HTTP/1 with WebSockets, and HTTP/2 over TLS. */
export class OnSockets {
  readonly clock = new CountingClock();
  readonly bus = new InMemoryEventBus({ onError: () => undefined });
  readonly gateway: Gateway;
  readonly lately: unknown[] = [];
  inputs = 0;
  readonly #engine: MarkToMarketEngine;
  readonly #server: Server;
  readonly #secure: Http2SecureServer;
  readonly #chance: Chance;

  private constructor(chance: Chance, engine: MarkToMarketEngine, bus: InMemoryEventBus, tracked: Tracked) {
    this.#chance = chance;
    this.#engine = engine;
    this.bus = bus;
    this.gateway = new Gateway({
      bus,
      values: engine,
      clock: this.clock,
      heartbeatMs: 20,
      historyMs: 10,
      limits: {
        openingsPerAddress: 1e6,
        connectionsPerAddress: 1e6,
        violationsPerAddress: Infinity,
        messagesPerSecond: 1e6,
        authorizationsPerSecond: 1e6,
      },
      onError: () => undefined,
      ...applicationOf(this.clock, tracked),
    });
    const handler = nodeHandler(this.gateway);
    this.#server = createServer(handler);
    this.#server.on('upgrade', (request, socket, head) => void this.gateway.upgrade(request, socket, head));
    this.#secure = createSecureServer({ ...certificate, allowHTTP1: true }, handler as never);
    // Servers on the internet do so, because Node would end the process for some errors of a session.
    this.#secure.on('sessionError', () => undefined);
  }

  static async start(chance: Chance, tracked: Tracked): Promise<OnSockets> {
    const repository = new InMemoryPortfolioRepository();
    for (const input of PORTFOLIOS) await repository.save(Portfolio.create(input));
    const bus = new InMemoryEventBus();
    const engine = new MarkToMarketEngine({ bus, repository });
    await engine.start();
    const sockets = new OnSockets(chance, engine, bus, tracked);
    for (const server of [sockets.#server, sockets.#secure]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return sockets;
  }

  /** One connection, with any outcome. */
  async attack(): Promise<void> {
    const chance = this.#chance;
    await chance.weighted([
      [6, () => this.#talk()],
      [3, () => this.#request()],
      [0.3, () => this.#streams()],
    ])();
  }

  /** Whether an honest reader is served. */
  async serves(): Promise<boolean> {
    const request = get({
      host: '127.0.0.1',
      port: portOf(this.#server),
      path: '/live?topic=portfolio:safe',
      headers: { origin: ORIGIN, authorization: 'Bearer honest' },
      agent: false,
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      // Leaving the loop ends the request.
      if (text.includes('"marketValue"')) return true;
    }
    return false;
  }

  /** Ends the gateway. Hangs if anything is left behind. */
  async end(): Promise<void> {
    await until('no connection and no topic is left', () => {
      const { connections, topics, multicastGroups, buffered, pending } = this.gateway.stats();
      return connections + topics + multicastGroups + buffered + pending === 0;
    });
    await until(
      'no socket is left',
      async () => (await open(this.#server)) + (await open(this.#secure)) === 0,
    );
    await this.gateway.close();
    await this.#engine.close();
    await this.bus.close();
    for (const server of [this.#server, this.#secure]) {
      server.close();
      await once(server, 'close');
    }
    await until('no timer is left', () => this.clock.pending === 0);
  }

  #note(kind: string, input: unknown): void {
    this.inputs++;
    this.lately.push([kind, input]);
    if (this.lately.length > 200) this.lately.splice(0, 100);
  }

  /** A handshake, followed by frames. */
  async #talk(): Promise<void> {
    const chance = this.#chance;
    const target = streamTarget(chance, this.gateway.epoch);
    const parts = [this.#head('GET', chance.oneIn(6) ? target : '/live', handshakeHeaders(chance))];
    for (let count = chance.below(30); count >= 0; count--) {
      const bytes = webSocketBytes(chance, this.gateway.epoch);
      this.#note('frame', bytes.toString('base64'));
      parts.push(bytes);
    }
    await this.#send(parts);
  }

  /** One request, or several without waiting for answers. */
  async #request(): Promise<void> {
    const chance = this.#chance;
    const parts: Buffer[] = [];
    do {
      const method = chance.oneIn(10) ? chance.pick(['POST', 'OPTIONS', 'TRACE', 'CONNECT', 'X']) : 'GET';
      parts.push(this.#head(method, streamTarget(chance, this.gateway.epoch), requestHeaders(chance)));
    } while (chance.oneIn(4));
    await this.#send(parts);
  }

  #head(method: string, target: string, headers: Record<string, string | string[] | undefined>): Buffer {
    const chance = this.#chance;
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}\r\n`),
    );
    const text = `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
    this.#note('head', text);
    const bytes = Buffer.from(text, chance.oneIn(10) ? 'utf8' : 'latin1');
    return chance.oneIn(10) ? mutatedBytes(bytes, chance) : bytes;
  }

  async #send(parts: readonly Buffer[]): Promise<void> {
    const chance = this.#chance;
    const socket = connect(portOf(this.#server), '127.0.0.1');
    const over = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    if (!chance.oneIn(10)) socket.resume();
    if (chance.oneIn(2)) await written(socket, Buffer.concat(parts));
    else for (const part of parts) await written(socket, part);
    chance.pick([
      () => socket.destroy(),
      () => socket.resetAndDestroy(),
      () => socket.end(() => socket.destroy()),
    ])();
    await over;
  }

  /** Streams of one HTTP/2 session. */
  async #streams(): Promise<void> {
    const chance = this.#chance;
    const session = connectHttp2(`https://127.0.0.1:${portOf(this.#secure)}`, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    const over = new Promise((resolve) => session.on('close', resolve));
    for (let count = chance.below(6); count >= 0; count--) {
      const path = streamTarget(chance, this.gateway.epoch);
      const { host: _, ':authority': __, ...headers } = requestHeaders(chance);
      this.#note('stream', [path, headers]);
      try {
        const stream = session.request({ ...headers, ':path': path });
        stream.on('error', () => undefined);
        if (chance.oneIn(2)) await Promise.race([once(stream, 'response'), over]).catch(() => undefined);
        if (chance.oneIn(3)) stream.close(chance.below(14));
      } catch {
        // This client refuses to send it.
      }
    }
    session.destroy();
    await over;
  }
}

const portOf = (server: Server | Http2SecureServer): number => (server.address() as AddressInfo).port;
const open = (server: Server | Http2SecureServer): Promise<number> =>
  new Promise((resolve) => server.getConnections((_, count) => resolve(count)));

/** Settles when the bytes were sent, or cannot be sent. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
    socket.write(bytes, () => {
      socket.off('close', resolve);
      resolve();
    });
  });
}
