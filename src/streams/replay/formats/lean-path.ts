import { resolve } from 'node:path';

/** Types of securities whose files are read. */
const TYPES = ['equity', 'forex', 'cfd', 'crypto', 'cryptofuture', 'index'] as const;
const RESOLUTIONS = ['tick', 'second', 'minute', 'hour', 'daily'] as const;

/** What LEAN says in the path of a file. */
export interface LeanPath {
  readonly type: (typeof TYPES)[number];
  readonly market: string;
  readonly resolution: (typeof RESOLUTIONS)[number];
  /** In capital letters. */
  readonly symbol: string;
  readonly kind: 'trade' | 'quote';
  /** Midnight of the day as if it were in UTC, ms since 1970; `undefined` for hours and days, whose rows have the date. */
  readonly day: number | undefined;
}

const FOLDERS = new RegExp(`/(${TYPES.join('|')})/([a-z0-9]+)/(${RESOLUTIONS.join('|')})/(.+)$`, 'i');
const OF_A_DAY = /^([^/]+)\/(\d{8})_(trade|quote)\.(?:zip|csv)(?:\.gz)?(?:\/|$)/i;
const OF_ALL_DAYS = /^([^/]+?)(?:_(trade|quote))?\.(?:zip|csv)(?:\.gz)?(?:\/|$)/i;
const UNZIPPED = /^([^/]+)\/(\d{8})_[^/]*?(trade|quote)[^/]*\.csv(?:\.gz)?$/i;
const FLAT = new RegExp(
  `(?:^|[-_/])(?:(${TYPES.join('|')})_([a-z0-9]+)_)?(tick|second|minute)_([^_/]+)_(\\d{8})_(trade|quote)\\.csv(?:\\.gz)?$`,
  'i',
);

/** Reads `equity/usa/minute/aapl/20131004_trade.zip`, `equity/usa/daily/aapl.zip`, or `equity_usa_tick_ibm_20131007_trade.csv`; `undefined` for other paths. */
export function readLeanPath(path: string): LeanPath | undefined {
  const given = resolve(path).replaceAll('\\', '/');
  const [, type, market, resolution, rest] = FOLDERS.exec(given) ?? [];
  if (rest !== undefined) {
    const isOfDay = /^(?:tick|second|minute)$/i.test(resolution!);
    const found = isOfDay ? (OF_A_DAY.exec(rest) ?? UNZIPPED.exec(rest)) : OF_ALL_DAYS.exec(rest);
    if (found)
      return isOfDay
        ? pathOf(type!, market!, resolution!, found[1]!, found[3], found[2])
        : pathOf(type!, market!, resolution!, found[1]!, found[2], undefined);
  }
  const flat = FLAT.exec(given);
  // Names without the type are those of equities, the first files that there were.
  return flat
    ? pathOf(flat[1] ?? 'equity', flat[2] ?? 'usa', flat[3]!, flat[4]!, flat[6], flat[5])
    : undefined;
}

/** Whether a file looks like one of LEAN by its name, or by rows of days or hours with prices × 10,000, whatever the folders say. */
export function looksLikeLean(name: string, firstLine: string): boolean {
  if (/^\d{8} \d\d:\d\d(?:,\d{4,}){4},\d+$/.test(firstLine)) return true;
  return /^\d{8}_(?:[^_]+_(?:tick|second|minute)_)?(?:trade|quote|openinterest)/i.test(name);
}

function pathOf(
  type: string,
  market: string,
  resolution: string,
  symbol: string,
  kind: string | undefined,
  day: string | undefined,
): LeanPath | undefined {
  const date = day === undefined ? undefined : Date.parse(day.replace(/(....)(..)(..)/, '$1-$2-$3'));
  if (Number.isNaN(date)) return undefined;
  const typeName = type.toLowerCase() as LeanPath['type'];
  const isQuoted = typeName === 'forex' || typeName === 'cfd';
  return {
    type: typeName,
    market: market.toLowerCase(),
    resolution: resolution.toLowerCase() as LeanPath['resolution'],
    symbol: symbol.toUpperCase(),
    kind: (kind?.toLowerCase() ?? (isQuoted ? 'quote' : 'trade')) as LeanPath['kind'],
    day: date,
  };
}
