import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { SocketHost } from './socket-host.js';

/** How the server answers an upgrade. */
export type UpgradeAnswer =
  | { readonly kind: 'accept' }
  /** Refuses it with an HTTP status. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Never answers. */
  | { readonly kind: 'silence' }
  /** Cuts the connection in the middle of the handshake. */
  | { readonly kind: 'cut' }
  /** Accepts it and closes at once. */
  | { readonly kind: 'hang-up'; readonly code: number };

/** What the server reads from an upgrade request. */
export interface UpgradeRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One client, as the server sees it. */
export interface ServedClient {
  readonly socket: {
    send(data: string | Uint8Array): void;
    close(code?: number, reason?: string): void;
  };
  /** Absent where there is no network. */
  readonly wire?: { readonly webSocket: WebSocket; readonly tcp: Socket };
  readonly request: UpgradeRequest;
  /** How often each stream was subscribed on this connection, less how often it was unsubscribed. */
  readonly streams: Map<string, number>;
  /** Frames received, with the time of each. */
  readonly received: { readonly text: string; readonly at: number }[];
}

/** What carries the frames of a server: sockets on loopback, or memory. */
export interface VenueHost {
  readonly url: string;
  /** Wall-clock time, ms since 1970. */
  now(): number;
  /** Monotonic time in ms. */
  monotonic(): number;
  /** Cuts all connections, those in their handshake too. */
  cut(how: 'reset' | 'fin'): void;
  close(): Promise<void>;
}

/**
 * A scripted server of prices. Subclasses speak the protocol of a venue; the test decides how upgrades are answered, when
 * connections are cut and which prices are sent. `X.start()` serves on loopback, `MemoryLink` without a network.
 */
export abstract class VenueServer {
  readonly clients = new Set<ServedClient>();
  /** Connections accepted so far. */
  accepted = 0;
  /** Most connections open at the same time. */
  mostOpen = 0;
  /** Upgrade requests, each with its monotonic time. */
  readonly attempts: number[] = [];
  upgrade: UpgradeAnswer = { kind: 'accept' };
  /** Whether requests are answered. */
  answers = true;
  /** Set by the host that carries the frames. */
  host: VenueHost | undefined;

  /** Starts it on a free port of 127.0.0.1. */
  static async start<T extends VenueServer>(this: new () => T, { compression = false } = {}): Promise<T> {
    const server = new this();
    server.host = await SocketHost.listen(server, compression);
    return server;
  }

  get url(): string {
    return this.host!.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Symbols whose streams of a channel are subscribed at some client, and how often. */
  table(channel = this.channel): Map<string, number> {
    const table = new Map<string, number>();
    for (const { streams } of this.clients) {
      for (const [stream, count] of streams) {
        const [of, symbol] = this.streamParts(stream);
        if (of === channel && count > 0) table.set(symbol, (table.get(symbol) ?? 0) + count);
      }
    }
    return table;
  }

  /** Sends a frame to all clients. */
  broadcast(frame: string | Uint8Array): void {
    for (const { socket } of this.clients) socket.send(frame);
  }

  /** Cuts all connections, those in their handshake too. */
  cut(how: 'reset' | 'fin' = 'reset'): void {
    this.host!.cut(how);
  }

  /** Refuses connections from now on, and cuts those that are open. */
  breakLink(): void {
    this.refuse();
    this.cut();
  }

  /** Refuses connections from now on. */
  refuse(): void {
    this.upgrade = { kind: 'status', status: 503 };
  }

  /** Accepts connections again. */
  accept(): void {
    this.upgrade = { kind: 'accept' };
  }

  close(): Promise<void> {
    return this.host!.close();
  }

  /** Answers the upgrade request of a client. Called by the host. */
  asked(request: UpgradeRequest): UpgradeAnswer {
    this.attempts.push(this.host!.monotonic());
    return this.admit(request);
  }

  /** A client is connected. Called by the host. */
  joined(client: ServedClient): void {
    this.accepted++;
    this.clients.add(client);
    this.mostOpen = Math.max(this.mostOpen, this.clients.size);
    this.greet(client);
  }

  /** A client has sent a frame. Called by the host. */
  heard(client: ServedClient, text: string): void {
    client.received.push({ text, at: this.host!.monotonic() });
    if (this.answers) this.answer(client, text);
    else this.ignore(client, text);
  }

  /** Default channel of `table()`. */
  protected abstract readonly channel: string;

  /** Channel and symbol of a stream. */
  protected streamParts(stream: string): readonly [channel: string, symbol: string] {
    const at = stream.indexOf(' ');
    return [stream.slice(0, at), stream.slice(at + 1)];
  }

  protected now(): number {
    return this.host?.now() ?? Date.now();
  }

  /** Sends a frame to all subscribers of the stream. */
  protected publish(stream: string, text: string, to: Iterable<ServedClient> = this.clients): void {
    for (const { socket, streams } of to) if ((streams.get(stream) ?? 0) > 0) socket.send(text);
  }

  /** Answers an upgrade. */
  protected admit(_request: UpgradeRequest): UpgradeAnswer {
    return this.upgrade;
  }

  /** A client has connected. */
  protected greet(_client: ServedClient): void {}

  /** Handles a frame of a client, with an answer. */
  protected abstract answer(client: ServedClient, text: string): void;

  /** Handles a frame of a client, without an answer. */
  protected ignore(_client: ServedClient, _text: string): void {}
}
