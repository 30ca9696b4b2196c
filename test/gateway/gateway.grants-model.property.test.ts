import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio, PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { FakeClock } from 'tickmark/conformance';
import { Gateway, type Authorization, type AuthorizedTopic } from 'tickmark/gateway';
import type { ClientMessage } from '../../src/protocol/client-messages.js';
import type { ServerMessage } from '../../src/protocol/server-messages.js';
import { sized } from '../sizes.js';
import { FakeSocket } from './rig/fake-socket.js';
import { DESK } from './rig/gateway-rig.js';

// Whatever readers and the application do, in whatever order and however slowly: a value is sent only under a grant of the application that
// this connection requested after its last revocation, and that has not expired.

const ORIGIN = 'https://app.example.com';
const SUBJECTS = ['alice', 'bob'] as const;
const TOPICS = ['portfolio:desk', 'positions:desk', 'portfolio:other', 'price:ACME'] as const;
const GRANT_MS = 700;
const CREDENTIALS_MS = 2000;

type Action =
  | { readonly do: 'connect'; readonly subject: number; readonly gateway: number }
  | { readonly do: 'subscribe' | 'resume' | 'unsubscribe'; readonly reader: number; readonly topics: number }
  | { readonly do: 'auth'; readonly reader: number; readonly subject: number }
  | {
      readonly do: 'revoke';
      readonly gateway: number;
      readonly subject: number | null;
      readonly topic: number | null;
    }
  | { readonly do: 'disconnect'; readonly gateway: number; readonly subject: number }
  | { readonly do: 'allow'; readonly subject: number; readonly topic: number; readonly allowed: boolean }
  | { readonly do: 'price'; readonly price: number }
  | { readonly do: 'answer'; readonly question: number }
  | { readonly do: 'gap' }
  | { readonly do: 'wait'; readonly ms: number };

const index = (length: number) => fc.nat(length - 1);
const some = fc.integer({ min: 1, max: 2 ** TOPICS.length - 1 });
const actions = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('connect' as const), subject: index(2), gateway: index(2) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'subscribe' as const,
          'subscribe' as const,
          'resume' as const,
          'unsubscribe' as const,
        ),
        reader: index(6),
        topics: some,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('auth' as const), reader: index(6), subject: index(2) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('revoke' as const),
        gateway: index(2),
        subject: fc.option(index(2)),
        topic: fc.option(index(TOPICS.length)),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('disconnect' as const), gateway: index(2), subject: index(2) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('allow' as const),
        subject: index(2),
        topic: index(TOPICS.length),
        allowed: fc.boolean(),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('price' as const), price: fc.integer({ min: 1, max: 99 }) }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('answer' as const), question: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'gap' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 60, 300, 800, 2100) }),
    },
  ),
  { minLength: 20, maxLength: 60, size: 'max' },
) satisfies fc.Arbitrary<Action[]>;

/** A grant of the application, for one connection. */
interface Yes {
  readonly askedAt: number;
  readonly expiresAt: number;
}

/** A connection, and what it may be sent as far as that is known from outside. */
class ModelReader extends FakeSocket {
  readonly name: string;
  readonly subject: string;
  /** All grants, by topic. Answers may arrive in another order than questions. */
  readonly yes = new Map<string, Yes[]>();
  /** Step at which each topic was last revoked, or had to be checked again. */
  readonly takenBack = new Map<string, number>();
  /** Granted, and not ended by the gateway. An `unsubscribe` may wait for a subscription in progress. */
  readonly subscribed = new Set<string>();
  readonly #onMessage: (reader: ModelReader, message: ServerMessage) => void;

  constructor(
    name: string,
    subject: string,
    onMessage: (reader: ModelReader, message: ServerMessage) => void,
  ) {
    super();
    this.name = name;
    this.subject = subject;
    this.#onMessage = onMessage;
  }

  protected override take(text: string): ServerMessage {
    const message = super.take(text);
    this.#onMessage(this, message);
    return message;
  }
}

class World {
  readonly clock = new FakeClock();
  readonly bus = new InMemoryEventBus({ clock: this.clock });
  readonly readers: ModelReader[] = [];
  readonly gateways: Gateway[];
  readonly engine: MarkToMarketEngine;
  readonly #allowed = new Set<string>();
  readonly #questions: Array<() => void> = [];
  #step = 0;
  #asked = 0;
  values = 0;
  readonly wrong: string[] = [];

  private constructor(repository: InMemoryPortfolioRepository) {
    const { clock, bus } = this;
    this.engine = new MarkToMarketEngine({ bus, repository, clock });
    for (const subject of SUBJECTS) for (const topic of TOPICS) this.#allowed.add(`${subject} ${topic}`);
    this.gateways = [0, 1].map(
      () =>
        new Gateway({
          bus,
          values: this.engine,
          clock,
          origins: [ORIGIN],
          serve: ['portfolio', 'positions', 'price'],
          authenticate: ({ headers }) => {
            const given = headers.get('authorization')!.replace('Bearer ', '');
            const [subject = '', context] = given.split('/');
            return { subject, context, expiresAt: clock.now() + CREDENTIALS_MS };
          },
          authorize: (subject, topic, context) => this.#authorize(subject, topic, context as string),
          limits: {
            openingsPerAddress: Infinity,
            messagesPerSecond: Infinity,
            authorizationsPerSecond: Infinity,
          },
        }),
    );
  }

  static async start(): Promise<World> {
    const repository = new InMemoryPortfolioRepository();
    for (const id of ['desk', 'other']) await repository.save(Portfolio.create({ ...DESK, id }));
    const world = new World(repository);
    await world.engine.start();
    for (const gateway of [0, 1, 0]) world.#connect(SUBJECTS[world.readers.length % 2]!, gateway);
    await world.clock.settle();
    return world;
  }

  async run(action: Action): Promise<void> {
    this.#step++;
    switch (action.do) {
      case 'connect':
        this.#connect(SUBJECTS[action.subject]!, action.gateway);
        break;
      case 'subscribe':
      case 'resume':
      case 'unsubscribe':
        this.#say(action.reader, action.do, action.topics);
        break;
      case 'auth': {
        const reader = this.readers[action.reader % this.readers.length]!;
        if (reader.subject !== '')
          this.#send(reader, { type: 'auth', token: `${SUBJECTS[action.subject]}/${reader.name}` });
        break;
      }
      case 'revoke':
        this.#revoke(action.gateway, action.subject, action.topic);
        break;
      case 'disconnect': {
        const subject = SUBJECTS[action.subject]!;
        void this.gateways[action.gateway]!.disconnect({ subject });
        this.#takeBack((reader) => reader.subject === subject, TOPICS);
        break;
      }
      case 'allow': {
        const key = `${SUBJECTS[action.subject]} ${TOPICS[action.topic]}`;
        if (action.allowed) this.#allowed.add(key);
        else this.#allowed.delete(key);
        break;
      }
      case 'price': {
        const now = this.clock.now();
        const updates = ['ACME', 'GLOBEX'].map((symbol) => ({ symbol, price: action.price, timestamp: now }));
        await this.bus.publish(PriceChangedBatch.ofUpdates(updates, now));
        break;
      }
      case 'answer':
        this.#questions.splice(action.question, 1)[0]?.();
        break;
      case 'gap':
        await this.bus.publish({
          type: 'tickmark.bus.gap',
          id: `${this.#step}`,
          occurredAt: 1,
          ...GAP,
        } as never);
        this.#takeBack(() => true, TOPICS);
        break;
      case 'wait':
        await this.clock.advance(action.ms);
        break;
    }
    await this.clock.settle();
  }

  async end(): Promise<void> {
    for (const reader of this.readers) reader.gone();
    await this.clock.settle();
    for (const gateway of this.gateways)
      expect(gateway.stats()).toMatchObject({ connections: 0, buffered: 0 });
    for (const answer of this.#questions.splice(0)) answer();
    const closed = [...this.gateways, this.engine].map((each) => each.close());
    await this.clock.advance(1000);
    await Promise.all(closed);
    await this.bus.close();
  }

  #connect(subject: string, gateway: number): void {
    if (this.readers.length >= 6) return;
    const reader = new ModelReader(`r${this.readers.length}`, subject, (each, message) =>
      this.#check(each, message),
    );
    this.readers.push(reader);
    const headers = { origin: ORIGIN, authorization: `${subject}/${reader.name}` };
    this.gateways[gateway]!.open(reader, new Request('https://api.example.com/live', { headers }));
  }

  #say(at: number, type: 'subscribe' | 'resume' | 'unsubscribe', mask: number): void {
    const reader = this.readers[at % this.readers.length]!;
    const topics = TOPICS.filter((_, bit) => (mask >> bit) & 1);
    if (type === 'resume')
      this.#send(reader, { type, topics, position: (reader.position ?? 'none:0') as never });
    else this.#send(reader, { type, topics });
  }

  #send(reader: ModelReader, message: ClientMessage): void {
    if (reader.readyState === 1) reader.say(message);
  }

  #authorize(
    subject: string,
    { kind, id }: AuthorizedTopic,
    name: string,
  ): Authorization | Promise<Authorization> {
    const topic = `${kind}:${id}`;
    const reader = this.readers.find((each) => each.name === name)!;
    const askedAt = this.#step;
    const allowed = this.#allowed.has(`${subject} ${topic}`);
    const expiresAt = this.clock.now() + GRANT_MS;
    const answer = (): Authorization => {
      if (allowed) reader.yes.set(topic, [...(reader.yes.get(topic) ?? []), { askedAt, expiresAt }]);
      return allowed && { expiresAt };
    };
    // Every third call is answered when the test says so.
    if (++this.#asked % 3 > 0) return answer();
    return new Promise((resolve) => this.#questions.push(() => resolve(answer())));
  }

  #revoke(at: number, who: number | null, what: number | null): void {
    const subject = who === null ? undefined : SUBJECTS[who];
    const topic = what === null ? undefined : TOPICS[what]!;
    const [kind, id] = topic?.split(':') ?? [];
    void this.gateways[at]!.revoke({
      ...(subject && { subject }),
      ...(topic && (kind === 'price' ? { symbol: id! } : { portfolioId: id! })),
    });
    const meant = TOPICS.filter(
      (each) =>
        !topic || (kind === 'price' ? each === topic : each.endsWith(`:${id}`) && !each.startsWith('price')),
    );
    this.#takeBack((reader) => !subject || reader.subject === subject, meant);
  }

  #takeBack(isMeant: (reader: ModelReader) => boolean, topics: readonly string[]): void {
    for (const reader of this.readers)
      if (isMeant(reader)) for (const topic of topics) reader.takenBack.set(topic, this.#step);
  }

  #check(reader: ModelReader, message: ServerMessage): void {
    if ('granted' in message) for (const { topic } of message.granted) reader.subscribed.add(topic);
    if (message.type === 'ended') for (const topic of message.topics) reader.subscribed.delete(topic);
    if (message.type !== 'snapshot' && message.type !== 'update') return;
    const { portfolios = [], positions = [], prices = [] } = message;
    const sent = [
      ...portfolios.map(({ id }) => `portfolio:${id}`),
      ...positions.map(({ id }) => `positions:${id}`),
      ...prices.map(({ symbol }) => `price:${symbol}`),
    ];
    for (const topic of sent) {
      this.values++;
      const wrong = this.#wrongWith(reader, topic);
      // An error that is thrown here would count as an error of the socket.
      if (wrong)
        this.wrong.push(`${topic} to ${reader.name} of ${reader.subject} at step ${this.#step}: ${wrong}`);
    }
  }

  #wrongWith(reader: ModelReader, topic: string): string | null {
    const given = reader.yes.get(topic) ?? [];
    if (!reader.subscribed.has(topic)) return 'not subscribed';
    if (given.length === 0) return 'never granted';
    const current = given.filter(({ expiresAt }) => expiresAt > this.clock.now());
    if (current.length === 0) return 'expired';
    // A request in the step of the revocation may be later than it.
    const takenBack = reader.takenBack.get(topic) ?? 0;
    return current.some(({ askedAt }) => askedAt >= takenBack) ? null : 'taken back since it was asked for';
  }
}

const GAP = { from: 1, to: 2, types: ['tickmark.gateway.access-changed'], lost: null, reason: 'disconnect' };

test('no value is sent without a grant that holds at that moment, and no revocation is missed', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (given) => {
      const world = await World.start();
      try {
        for (const action of given) await world.run(action);
        expect(world.wrong).toEqual([]);
      } finally {
        await world.end();
      }
      values += world.values;
    }),
    { numRuns: sized({ quick: 60, gate: 300, full: 100_000 }) },
  );
  expect(values).toBeGreaterThan(100);
});
