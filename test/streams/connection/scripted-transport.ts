import type {
  LinkClose,
  LinkTarget,
  Transport,
  TransportConnection,
  TransportEvents,
} from '../../../src/streams/connection/transport.js';

/** One connection that a test drives from the other side. */
export class ScriptedConnection implements TransportConnection {
  readonly target: LinkTarget;
  readonly events: TransportEvents;
  readonly sent: string[] = [];
  pings = 0;
  isClosed = false;
  closedWith: number | undefined;
  /** Hears of each text that is sent. */
  onSent: () => void = () => undefined;
  /** Whether pings are answered at once. */
  answersPings = true;

  constructor(target: LinkTarget, events: TransportEvents) {
    this.target = target;
    this.events = events;
  }

  send(text: string): void {
    this.sent.push(text);
    this.onSent();
  }

  ping(): void {
    this.pings++;
    if (this.answersPings && !this.isClosed) this.events.pong();
  }

  close(code?: number): void {
    this.isClosed = true;
    this.closedWith = code;
  }

  open(): void {
    this.events.opened();
  }

  frame(text: string): void {
    this.events.frame(text, text.length);
  }

  /** Ends it from the other side. */
  drop(close: Partial<LinkClose> = {}): void {
    this.isClosed = true;
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
