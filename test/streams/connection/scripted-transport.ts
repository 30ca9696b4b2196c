import type {
  LinkClose,
  LinkTarget,
  Transport,
  TransportConnection,
  TransportEvents,
} from '../../../src/streams/connection/transport.js';

/** One connection whose peer is the test. */
export class ScriptedConnection implements TransportConnection {
  readonly target: LinkTarget;
  readonly events: TransportEvents;
  readonly sent: string[] = [];
  pings = 0;
  isClosed = false;
  /** Called with each string that is sent. */
  onSent: (text: string) => void = () => undefined;
  /** Called when either side closes it. */
  onClosed: () => unknown = () => undefined;
  /** Whether the connection is silently dead. */
  isDead = false;
  /** Whether pings are answered at once. */
  answersPings = true;

  constructor(target: LinkTarget, events: TransportEvents) {
    this.target = target;
    this.events = events;
  }

  send(text: string): void {
    this.sent.push(text);
    this.onSent(text);
  }

  ping(): void {
    this.pings++;
    if (this.answersPings && !this.isClosed) this.events.pong();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClosed();
  }

  /** Kills it silently: it stays open, but nothing arrives at either side. */
  die(): void {
    this.isDead = true;
    this.answersPings = false;
  }

  open(): void {
    this.events.opened();
  }

  /** Delivers a frame, unless the connection is dead. */
  frame(data: string | Uint8Array): void {
    if (!this.isDead) this.events.frame(data, data.length);
  }

  /** Closes it as the peer. */
  drop(close: Partial<LinkClose> = {}): void {
    this.isClosed = true;
    this.onClosed();
    this.events.closed({ message: 'dropped', ...close });
  }
}

/** Connections in the order they were opened; `script` runs for each. */
export class ScriptedTransport implements Transport {
  readonly connections: ScriptedConnection[] = [];
  script: (connection: ScriptedConnection) => void;

  constructor(script: (connection: ScriptedConnection) => void = () => undefined) {
    this.script = script;
  }

  open(target: LinkTarget, events: TransportEvents): ScriptedConnection {
    const connection = new ScriptedConnection(target, events);
    this.connections.push(connection);
    this.script(connection);
    return connection;
  }

  get live(): ScriptedConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed);
  }

  get last(): ScriptedConnection {
    return this.connections.at(-1)!;
  }
}
