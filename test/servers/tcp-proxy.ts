import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort, type ServerAddress } from './server-process.js';

/** Which way packets are held: requests on their way to the server, answers on their way to the client, or both. */
export type Direction = 'to-server' | 'to-client' | 'both';

/** A link between clients and a server that a test can break in several ways. */
export interface TcpProxy extends ServerAddress {
  /** Connections that were accepted, ever. */
  readonly accepted: number;
  /** Connections that are open now. */
  readonly open: number;
  /**
   * Passes nothing on in that direction and closes nothing: silent death. `'open'` holds the connections that are open, as
   * when a router has forgotten them; `'all'` (default) also those that come, as when the machine no longer answers.
   */
  hold(direction?: Direction, which?: 'all' | 'open'): void;
  /** Passes on again, first what was held. */
  resume(): void;
  /** Cuts all open connections with a reset. */
  cut(): void;
  /** Refuses new connections; open ones stay. */
  refuse(): Promise<void>;
  /** Takes new connections again, under the same address. */
  accept(): Promise<void>;
  /** Connects those that come from now on to another server, as a name or a virtual address does after a failover; open ones stay. */
  moveTo(target: ServerAddress): void;
  /** Cuts and refuses. */
  close(): Promise<void>;
}

/** One accepted connection: two sockets, and the two ways between them. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  held: Direction | null;
}

/** Starts a proxy in front of a server, on a free port of 127.0.0.1. */
export async function tcpProxy(target: ServerAddress): Promise<TcpProxy> {
  const links = new Set<Link>();
  let heldFromNowOn: Direction | null = null;
  let accepted = 0;
  let current = target;

  const flow = ({ client, server, held }: Link): void => {
    const holds = (direction: Direction) => held === direction || held === 'both';
    way(client, server, holds('to-server'));
    way(server, client, holds('to-client'));
  };
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    accepted++;
    const server = connect({ host: current.host, port: current.port, allowHalfOpen: true });
    const link: Link = { client, server, held: heldFromNowOn };
    links.add(link);
    for (const socket of [link.client, link.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => cut(link));
      socket.on('close', () => cut(link));
    }
    flow(link);
  });
  const cut = (link: Link): void => {
    links.delete(link);
    link.client.resetAndDestroy();
    link.server.resetAndDestroy();
  };
  const holdOpen = (direction: Direction | null): void => {
    for (const link of links) {
      link.held = direction;
      flow(link);
    }
  };
  const listen = async (port: number): Promise<void> => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  const refuse = async (): Promise<void> => {
    if (!listener.listening) return;
    // Its 'close' waits for open connections, which may stay; the port is free at once.
    listener.close();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const port = await freePort();
  await listen(port);

  return {
    host: '127.0.0.1',
    port,
    get accepted() {
      return accepted;
    },
    get open() {
      return links.size;
    },
    hold(direction = 'both', which = 'all') {
      holdOpen(direction);
      if (which === 'all') heldFromNowOn = direction;
    },
    resume() {
      heldFromNowOn = null;
      holdOpen(null);
    },
    cut: () => links.forEach(cut),
    refuse,
    accept: () => (listener.listening ? Promise.resolve() : listen(port)),
    moveTo(next) {
      current = next;
    },
    async close() {
      await refuse();
      links.forEach(cut);
    },
  };
}

function way(from: Socket, to: Socket, isHeld: boolean): void {
  from.unpipe(to);
  if (isHeld) from.pause();
  else from.pipe(to);
}
