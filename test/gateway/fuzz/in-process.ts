import { InMemoryEventBus, TickmarkError } from 'tickmark';
import { nodeHandler, type GatewayLimits } from 'tickmark/gateway';
import { GatewayRig } from '../rig/gateway-rig.js';
import { busMessage, decodeMessage } from './bus-inputs.js';
import type { Chance } from './chance.js';
import { FakeResponse, FakeWire } from './fake-wire.js';
import { PORTFOLIOS, applicationOf } from './fuzzed-gateway.js';
import type { Tracked } from './leftovers.js';
import { PlainSocket } from './plain-socket.js';
import { clientData, handshakeHeaders, requestHeaders, streamTarget } from './reader-inputs.js';
import { webSocketBytes } from './web-socket-bytes.js';

/** The other end of a connection to the gateway. */
interface Peer {
  /** Sends an input. @returns Its description. */
  say?(): unknown;
  stopReading(): void;
  readOn(): void;
  leave(): void;
  readonly isOver: boolean;
}

const MOST_PEERS = 30;
const LIMITS: readonly GatewayLimits[] = [
  {},
  {
    messagesPerSecond: 1e6,
    authorizationsPerSecond: 1e6,
    openingsPerAddress: 1e6,
    connectionsPerAddress: 1e6,
    violationsPerAddress: Infinity,
  },
  { topics: 5, followedTopics: 20, topicsPerAddress: 50, authorizationsPerSecond: 3, messagesPerSecond: 1e6 },
  {
    bufferedBytes: 4000,
    highWaterBytes: 1000,
    bufferedBytesInAll: 20_000,
    stallMs: 300,
    messagesPerSecond: 1e6,
  },
  { connections: 20, connectionMs: 5000, unauthenticatedMs: 100, bytesPerSecond: 5000, messageLength: 500 },
];

/** A gateway without a network, fed at full speed, on a clock that the test advances. */
export class InProcess {
  readonly rig: GatewayRig;
  /** The last inputs, to find the cause of a failure. */
  readonly lately: unknown[] = [];
  inputs = 0;
  refusedMessages = 0;
  readonly #chance: Chance;
  readonly #handler: ReturnType<typeof nodeHandler>;
  #peers: Peer[] = [];

  private constructor(rig: GatewayRig, chance: Chance) {
    this.rig = rig;
    this.#chance = chance;
    this.#handler = nodeHandler(rig.gateway);
  }

  static async start(chance: Chance, tracked: Tracked): Promise<InProcess> {
    const limits = chance.pick(LIMITS);
    const rig: GatewayRig = await GatewayRig.start({
      portfolios: PORTFOLIOS,
      limits,
      historyMs: chance.pick([0, 500, 120_000]),
      historyTopics: chance.pick([3, 10_000]),
      whileUnchecked: chance.pick(['pause', 'continue']),
      // The inputs cause many errors.
      busOf: (clock) => new InMemoryEventBus({ clock, onError: () => undefined }),
      onError: () => undefined,
      ...lateApplication(() => rig.clock, tracked),
    });
    return new InProcess(rig, chance);
  }

  /** Sends an input, mostly to a peer that is connected already. */
  async step(): Promise<void> {
    const chance = this.#chance;
    this.inputs++;
    const talking = this.#peers.filter((peer) => peer.say !== undefined && !peer.isOver);
    await chance.weighted<() => unknown>([
      [talking.length > 0 ? 60 : 0, () => this.#note('say', chance.pick(talking).say!())],
      [this.#peers.length < MOST_PEERS ? 10 : 0, () => this.#open()],
      [10, () => this.#publish()],
      [3, () => this.rig.prices({ ACME: `${1 + chance.below(1e6)}`, GLOBEX: `${1 + chance.below(1e6)}` })],
      [4, () => this.#touch()],
    ])();
    if (chance.oneIn(6)) await this.rig.clock.settle();
    if (chance.oneIn(15))
      await this.rig.clock.advance(chance.pick([1, 50, 50, 200, 1000, chance.oneIn(10) ? 12_000 : 5]));
    if (chance.oneIn(40)) this.#peers = this.#peers.filter((peer) => !peer.isOver);
  }

  /** Whether an honest reader is served, whatever was sent before. */
  async serves(): Promise<boolean> {
    this.#leaveAll();
    await this.rig.clock.advance(1500);
    const reader = this.rig.socket({ authorization: 'Bearer honest' });
    reader.say({ type: 'subscribe', topics: ['portfolio:safe'] });
    await this.rig.clock.advance(100);
    const price = `${1 + this.#chance.below(1e9)}.00`;
    await this.rig.prices({ SAFE: price });
    await this.rig.clock.advance(100);
    const portfolios = [...reader.of('snapshot'), ...reader.of('update')].flatMap(
      (each) => each.portfolios ?? [],
    );
    reader.gone();
    return portfolios.at(-1)?.marketValue === price;
  }

  /** Ends all connections and lets time pass. @returns Remaining connections, topics, bytes and values. */
  async left(): Promise<Record<string, number>> {
    this.#leaveAll();
    // Long enough for refused sockets, topics without readers and denials to be forgotten.
    await this.rig.clock.advance(10_000);
    await this.rig.clock.advance(120_000);
    await this.rig.clock.advance(2000);
    const { connections, topics, multicastGroups, buffered, pending, produced, sent, conflated, dropped } =
      this.rig.gateway.stats();
    const lost = produced - sent - conflated - dropped - pending;
    return { connections, topics, multicastGroups, buffered, pending, lost };
  }

  #leaveAll(): void {
    for (const peer of this.#peers.splice(0)) peer.leave();
  }

  #note(kind: string, input: unknown): void {
    this.lately.push([kind, input]);
    if (this.lately.length > 200) this.lately.splice(0, 100);
  }

  async #publish(): Promise<void> {
    const message = busMessage(this.#chance);
    this.#note('bus', message.toString('latin1'));
    try {
      await this.rig.bus.publish(decodeMessage(message));
    } catch (error) {
      if (!(error instanceof TickmarkError)) throw error;
      this.refusedMessages++;
    }
  }

  #touch(): void {
    const chance = this.#chance;
    if (this.#peers.length === 0) return;
    const peer = chance.pick(this.#peers);
    chance.pick([() => peer.leave(), () => peer.stopReading(), () => peer.readOn()])();
    if (chance.oneIn(20)) void this.rig.gateway.revoke({ subject: chance.pick(['alice', 'bob']) });
    if (chance.oneIn(40)) void this.rig.gateway.disconnect({ subject: chance.pick(['alice', 'bob']) });
  }

  #open(): void {
    this.#peers.push(
      this.#chance
        .weighted([
          [4, this.#socket],
          [3, this.#upgrade],
          [2, this.#stream],
        ])
        .call(this),
    );
  }

  #address(): string {
    return `${this.#chance.pick([10, 192])}.0.0.${this.#chance.below(8)}`;
  }

  /** A WebSocket that another server has accepted. */
  #socket(): Peer {
    const chance = this.#chance;
    const socket = new PlainSocket();
    const headers = Object.entries(requestHeaders(chance)).filter(([name, value]) => isPlain(name, value));
    this.#note('open', headers);
    const request = new Request('https://api.example.com/live', {
      headers: headers as Array<[string, string]>,
    });
    this.rig.gateway.open(socket, request, { address: this.#address() });
    const { epoch } = this.rig.gateway;
    return Object.assign(socket, {
      say: () => {
        const data = clientData(chance, epoch);
        socket.emit('message', data);
        return data;
      },
    });
  }

  /** A handshake of Node, followed by bytes. */
  #upgrade(): Peer {
    const chance = this.#chance;
    const { gateway } = this.rig;
    const wire = new FakeWire(this.#address());
    const url = streamTarget(chance, gateway.epoch);
    const incoming = {
      method: chance.oneIn(30) ? 'POST' : 'GET',
      url,
      headers: handshakeHeaders(chance),
      socket: wire,
    };
    this.#note('upgrade', [incoming.method, url, incoming.headers]);
    // A rejection would reach the process.
    void gateway.upgrade(
      incoming as never,
      wire as never,
      chance.oneIn(10) ? webSocketBytes(chance, gateway.epoch) : Buffer.alloc(0),
    );
    return {
      say: () => {
        const bytes = webSocketBytes(chance, gateway.epoch);
        if (chance.oneIn(200)) wire.halfClose();
        else if (chance.oneIn(5))
          for (let at = 0; at < bytes.length; at += 37) wire.receive(bytes.subarray(at, at + 37));
        else wire.receive(bytes);
        return bytes.toString('base64');
      },
      stopReading: () => (wire.isReading = false),
      readOn: () => wire.readOn(),
      leave: () => wire.destroy(chance.oneIn(2) ? undefined : new Error('ECONNRESET')),
      get isOver() {
        return wire.destroyed;
      },
    };
  }

  /** A request of an event stream; sometimes another one before its end on the same socket. */
  #stream(): Peer {
    const chance = this.#chance;
    const wire = new FakeWire(this.#address());
    const responses: FakeResponse[] = [];
    do {
      const response = new FakeResponse();
      responses.push(response);
      const url = streamTarget(chance, this.rig.gateway.epoch);
      const method = chance.oneIn(10) ? chance.pick(['POST', 'OPTIONS', 'TRACE', '', 'G T']) : 'GET';
      const httpVersionMajor = chance.oneIn(4) ? 2 : 1;
      const headers = requestHeaders(chance);
      this.#note('request', [method, url, headers, httpVersionMajor]);
      this.#handler({ method, url, headers, socket: wire, httpVersionMajor } as never, response as never);
    } while (chance.oneIn(8));
    return {
      stopReading: () => responses.forEach((each) => (each.isReading = false)),
      readOn: () => responses.forEach((each) => (each.isReading = true)),
      leave: () => {
        wire.destroy();
        responses.forEach((each) => each.destroy());
      },
      get isOver() {
        return responses.every((each) => each.isOver);
      },
    };
  }
}

// The rig creates its clock itself.
function lateApplication(
  clock: () => GatewayRig['clock'],
  tracked: Tracked,
): ReturnType<typeof applicationOf> {
  return applicationOf(
    {
      now: () => clock().now(),
      monotonic: () => clock().monotonic(),
      setTimer: (...timer) => clock().setTimer(...timer),
      defer: (callback) => clock().defer(callback),
    },
    tracked,
  );
}

function isPlain(name: string, value: unknown): boolean {
  try {
    new Headers([[name, value as string]]);
    return typeof value === 'string';
  } catch {
    return false;
  }
}
