/** A room of src: what it may import besides itself. */
interface Room {
  readonly rooms: readonly string[];
  /** Packages it may import; `node:` stands for every builtin of Node. */
  readonly packages: readonly string[];
}

const GROUND = [
  'core/error-code',
  'core/errors',
  'core/error-text',
  'core/error-reporter',
  'core/option-names',
  'core/keep-raw',
  'core/options',
  'core/clock',
  'core/random',
  'core/backoff',
  'core/logger',
  'core/unsubscribe',
  'core/iso-text',
  'core/iso-time',
];
const MESSAGES = ['core/money', 'core/messaging', 'core/prices'];
const CORE = [
  ...GROUND,
  ...MESSAGES,
  'core/locking',
  'core/shards',
  'core/calendars',
  'core/instruments',
  'core/streams',
  'core/ingest',
  'core/portfolio',
  'core/book',
  'core/engine',
  'core/revaluation',
  'core/totals',
  'core/following',
];

// What stores keep.
const KEPT = ['core/shards', 'core/calendars', 'core/instruments', 'core/portfolio'];

const DEPENDENCIES = ['eventemitter3', 'p-queue'];
const core = (...rooms: string[]): Room => ({ rooms: [...GROUND, ...rooms], packages: DEPENDENCIES });

// What a feed works with: it knows nothing of portfolios.
const FEED = [...GROUND, 'core/money', 'core/prices', 'core/calendars', 'core/streams'];
const feed = (...rooms: string[]): Room => ({ rooms: [...FEED, ...rooms], packages: ['node:'] });

/** Which room may import which: ARCHITECTURE.md draws this table. A file or folder that is not in it has no place in src. */
export const HOUSE: Readonly<Record<string, Room>> = {
  'core/error-code': core(),
  'core/errors': core(),
  'core/error-text': core(),
  'core/clock': core(),
  'core/random': core(),
  'core/logger': core(),
  'core/unsubscribe': core(),
  'core/backoff': core(),
  'core/iso-text': core(),
  'core/iso-time': core(),
  'core/option-names': core(),
  'core/keep-raw': core(),
  'core/options': core(),
  'core/error-reporter': core(),
  'core/money': core(),
  'core/messaging': core(),
  'core/locking': core(),
  'core/shards': core('core/locking'),
  'core/prices': core('core/money', 'core/messaging'),
  'core/calendars': core('core/money'),
  'core/streams': core('core/prices', 'core/calendars'),
  'core/ingest': core(...MESSAGES, 'core/calendars', 'core/streams'),
  'core/instruments': core('core/money'),
  'core/portfolio': core(...MESSAGES, 'core/locking', 'core/shards', 'core/instruments'),
  'core/fills': core('core/money', 'core/portfolio'),
  'core/book': core(
    'core/money',
    'core/prices',
    'core/shards',
    'core/calendars',
    'core/instruments',
    'core/portfolio',
  ),
  'core/engine': core(
    ...MESSAGES,
    'core/following',
    'core/locking',
    'core/shards',
    'core/calendars',
    'core/instruments',
    'core/portfolio',
    'core/book',
  ),
  'core/following': core('core/messaging'),
  'core/totals': core('core/money', 'core/messaging', 'core/shards', 'core/book'),
  'core/revaluation': core('core/money', 'core/prices', 'core/locking', 'core/portfolio', 'core/book'),
  calendars: { rooms: ['core/calendars'], packages: [] },
  instruments: { rooms: ['core/instruments', 'memory'], packages: [] },
  ledger: { rooms: ['core/portfolio'], packages: [] },
  // What reads and writes topics, whatever their records hold.
  'kafka-client': { rooms: [...GROUND, 'core/prices'], packages: [] },
  // How requests are made and answered is the same as for a feed.
  fills: {
    rooms: [...GROUND, 'core/money', 'core/portfolio', 'core/fills', 'kafka-client', 'streams/connection'],
    packages: [],
  },
  mock: { rooms: FEED, packages: [] },
  memory: {
    rooms: [...GROUND, 'core/messaging', 'core/locking', ...KEPT],
    packages: DEPENDENCIES,
  },
  'mark-to-market': { rooms: [...CORE, 'memory'], packages: [] },
  index: { rooms: [...CORE, 'mock', 'memory', 'mark-to-market'], packages: [] },
  parts: { rooms: [...CORE, 'mock', 'memory', 'mark-to-market'], packages: [] },
  redis: {
    rooms: [...GROUND, 'core/messaging', 'core/locking', 'core/prices', 'core/portfolio', 'core/engine'],
    packages: ['node:'],
  },
  // Its entry has the price stream, too.
  kafka: {
    rooms: [
      ...GROUND,
      'core/messaging',
      'core/shards',
      'core/prices',
      'core/portfolio',
      'core/book',
      'core/engine',
      'core/following',
      'core/totals',
      'kafka-client',
      'streams/kafka',
    ],
    packages: ['node:'],
  },
  postgres: {
    rooms: [...GROUND, 'core/money', 'core/locking', ...KEPT],
    packages: ['node:'],
  },
  sqlite: {
    rooms: [...GROUND, 'core/money', ...KEPT],
    packages: [],
  },
  verify: {
    rooms: [...GROUND, 'core/money', 'core/portfolio', 'core/book', 'postgres'],
    packages: ['node:'],
  },
  'streams/connection': feed(),
  'streams/a-shares': feed('calendars'),
  'streams/websocket': {
    ...feed('calendars', 'streams/connection', 'conformance'),
    packages: ['node:', 'ws'],
  },
  'streams/sse': feed('calendars', 'streams/connection', 'streams/a-shares'),
  'streams/polling': feed('calendars', 'streams/connection', 'streams/a-shares'),
  'streams/kafka': feed('kafka-client', 'streams/connection'),
  'streams/replay': feed(),
  conformance: {
    rooms: [...new Set([...FEED, 'core/messaging', 'core/locking', ...KEPT, 'core/fills'])],
    packages: ['node:'],
  },
  protocol: { rooms: [...GROUND, ...MESSAGES, 'core/streams', 'core/portfolio'], packages: [] },
  gateway: {
    rooms: [
      ...GROUND,
      ...MESSAGES,
      'core/following',
      'core/calendars',
      'core/streams',
      'core/portfolio',
      'core/book',
      'core/engine',
      'protocol',
    ],
    packages: ['node:'],
  },
  // Two small parts of streams that are the same in a page: how long to wait, and how an event stream is read.
  client: { rooms: [...GROUND, 'protocol', 'streams/connection', 'streams/sse'], packages: [] },
  vue: { rooms: ['client'], packages: ['vue'] },
  react: { rooms: ['client'], packages: ['react'] },
};

/** `core/money/decimal.ts` is in the room `core/money`, `core/clock.ts` in `core/clock`, `redis/lock/redis-lock.ts` in `redis`. */
export function roomOf(path: string): string {
  const [first, second] = path.replace(/\.tsx?$/, '').split('/');
  return (first === 'core' || first === 'streams') && second !== undefined ? `${first}/${second}` : first!;
}

/** The table as ARCHITECTURE.md shows it: one line for each room, with the rooms that it imports; the files of core itself are left out. */
export function importTable(): string {
  const lines = Object.entries(HOUSE)
    .filter(([name]) => !GROUND.includes(name))
    .map(([name, { rooms }]) => {
      const shown = rooms.filter((room) => !GROUND.includes(room)).map((room) => room.replace(/^core\//, ''));
      return `${name.replace(/^core\//, '').padEnd(20)} ← ${shown.join(' · ') || '—'}`;
    });
  return lines.join('\n');
}
