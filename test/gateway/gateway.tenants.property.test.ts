import { expect, test } from 'vitest';
import { Decimal, InMemoryEventBus, PORTFOLIOS_VALUED, seededRandom, type ValuationRecord } from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { Gateway } from 'tickmark/gateway';
import { mapFigures } from 'tickmark/parts';
import { seed, sized } from '../sizes.js';
import { FakeSocket } from './rig/fake-socket.js';
import { StreamReader } from './rig/stream-reader.js';

const REQUESTS = sized({ quick: 800, gate: 10_000, full: 100_000 });

// Each figure of one user's portfolios is the first number; each figure of the other user's is the second.
const MINE = Decimal.from('111.11');
const OTHERS = Decimal.from('666.66');
const IDS = [
  'a',
  'b',
  'a/b',
  'a:b',
  'A',
  'a ',
  ' a',
  'a%20',
  'b%00',
  'a\0',
  'a\r\n',
  '__proto__',
  'constructor',
  'á',
  'ａ',
  '..',
  'a,b',
  'x'.repeat(256),
];
const isMine = (id: string): boolean => id.startsWith('mine-');
const ALL = IDS.flatMap((id) => [`mine-${id}`.slice(0, 256), `other-${id}`.slice(0, 256)]);

function chooser(seed: number) {
  const random = seededRandom(seed);
  return {
    one: <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!,
    below: (limit: number) => Math.floor(random() * limit),
    chance: (share: number) => random() < share,
  };
}

test('no request of one user is ever answered with a portfolio of another', async () => {
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const { one, below, chance } = chooser(seed);
  const value = (id: string): ValuationRecord | null =>
    ALL.includes(id) ? record(id, isMine(id) ? MINE : OTHERS, clock.now()) : null;
  const gateway = new Gateway({
    bus,
    values: { value },
    clock,
    origins: ['https://app.example.com'],
    authenticate: ({ headers }) => {
      const [, subject] = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '') ?? [];
      return subject === undefined ? null : { subject };
    },
    authorize: (subject, { id }) => (subject === 'me' ? isMine(id) : subject === 'other'),
    limits: { openingsPerAddress: Infinity, messagesPerSecond: Infinity },
    historyTopics: 20,
  });
  // The other user is connected as well, and subscribed to all portfolios of its own.
  const theirs = await gateway.handle(
    request(
      ALL.map((id) => `portfolio:${id}`),
      'Bearer other',
      {},
    ),
  );
  const other = new StreamReader(theirs).readAll();
  await clock.settle();
  expect(other.last('snapshot').granted).toHaveLength(ALL.length);

  const counts = { granted: 0, denied: 0, values: 0 };
  const check = (text: string): void => {
    if (text.includes('666.66')) throw new Error(`A value of the other user: ${text}`);
    for (const [, granted] of text.matchAll(/"granted":(\[[^\]]*\])/g)) {
      for (const { topic } of JSON.parse(granted!) as Array<{ topic: string }>) {
        counts.granted++;
        if (!isMine(topic.slice(topic.indexOf(':') + 1)))
          throw new Error(`A topic of the other user: ${topic}`);
      }
    }
    counts.values += text.split('111.11').length - 1;
    counts.denied += text.split('"denied"').length - 1;
  };
  const topics = (): string[] => {
    const kind = one(['portfolio', 'portfolio', 'portfolio', 'positions']);
    return Array.from({ length: 1 + below(4) }, () => `${kind}:${one(ALL)}`);
  };
  const decoder = new TextDecoder();

  let socket = new FakeSocket();
  for (let count = 0; count < REQUESTS; count++) {
    // Lets earlier requests continue.
    await clock.advance();
    if (chance(0.3)) {
      if (socket.readyState !== 1 || chance(0.05)) {
        socket.gone();
        socket = new FakeSocket();
        gateway.open(socket, request([], chance(0.5) ? 'Bearer me' : '', {}));
        if (chance(0.8)) socket.say({ type: 'auth', token: 'me' });
      }
      const asked = topics() as Array<`portfolio:${string}`>;
      if (chance(0.7)) socket.say({ type: 'subscribe', topics: asked });
      else if (chance(0.5)) socket.say({ type: 'unsubscribe', topics: asked });
      else
        socket.say({
          type: 'resume',
          topics: asked,
          position: one([other.position, `${gateway.epoch}:1`]) as never,
        });
      await turns(20);
      check(JSON.stringify(socket.messages.splice(0)));
      continue;
    }
    const headers: Record<string, string> = chance(0.2) ? { 'last-event-id': other.position } : {};
    const more: Record<string, string> = {};
    if (chance(0.2)) more.position = one([other.position, `${gateway.epoch}:${below(50)}`]);
    if (chance(0.1)) more.added = one(topics());
    if (chance(0.1)) more.authorization = 'Bearer other';
    const response = await gateway.handle(
      request(topics(), one(['Bearer me', 'Bearer me', 'bearer me', '']), headers, more),
    );
    if (response.status !== 200) {
      check(await response.text());
      continue;
    }
    const reader = response.body!.getReader();
    // The welcome, and the snapshot.
    for (let chunk = 0; chunk < 2; chunk++) check(decoder.decode((await reader.read()).value));
    await reader.cancel();
  }
  expect(Math.min(counts.granted, counts.denied, counts.values)).toBeGreaterThan(REQUESTS / 10);
  await bus.publish({ type: PORTFOLIOS_VALUED, id: '', occurredAt: 0, portfolios: [] } as never);
  socket.gone();
  const closing = gateway.close();
  await clock.advance(1000);
  await closing;
});

function request(
  topics: readonly string[],
  authorization: string,
  headers: Record<string, string>,
  more: Record<string, string> = {},
): Request {
  const query = new URLSearchParams(more);
  for (const topic of topics) query.append('topic', topic);
  return new Request(`https://api.example.com/live?${query}`, {
    headers: { origin: 'https://app.example.com', authorization, ...headers },
  });
}

/** Lets promises that are settled continue; cheaper than a turn of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

function record(portfolioId: string, amount: Decimal, valuedAt: number): ValuationRecord {
  return {
    portfolioId,
    version: 1,
    priceOrder: '',
    basis: '',
    priceTime: 0,
    receivedAt: null,
    liveUntil: null,
    unpriced: [],
    unconverted: [],
    valuedAt,
    currency: 'USD',
    ...mapFigures(() => amount),
    priced: { marketValue: amount },
    complete: true,
  };
}
