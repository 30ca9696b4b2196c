import { BUILT_IN_FORMATS, readRecording, type ReadingOptions, type FormatChoice } from 'tickmark/replay';

/** How recorded files are read. */
export interface Reading extends ReadingOptions {
  readonly format?: FormatChoice;
}

/** Options of the command line. */
export interface QuickstartOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly seconds: number;
  readonly seed: number;
  /** Recorded files; empty for the made-up feed. */
  readonly replay: readonly string[];
  readonly reading: Reading;
  readonly speed: 'max' | number;
}

/** The command line cannot be understood; the message says what was given and what is accepted. */
export class UsageError extends Error {}

export const HELP = `usage: npm run quickstart -- [options]

Keeps three portfolios marked to a made-up feed, or to recorded prices.

  --seconds N        how long the made-up feed runs (default 10)
  --seed N           another walk of the made-up prices: a whole number (default 1)
  --replay FILE …    recorded prices instead, plain, gzipped or in a zip archive. At the end it says how many rows were
                     read, used and refused, and why, and recomputes every value from the rows that were used
  --format NAME      ${BUILT_IN_FORMATS.slice(0, 4).join(', ')},
                     ${BUILT_IN_FORMATS.slice(4).join(', ')} or auto (default auto: found out for each file)
  --columns LIST     which column is what: all in their order, such as time,symbol,price,bid,ask (- for others), or
                     some by name or number, such as price=close,time=date or time=1,price=5
  --symbol NAME      the symbol of files without a column of symbols (default: from the name of the file)
  --time-unit UNIT   s, ms, us or ns, of times that are numbers since 1970 (default auto: by their size)
  --time-zone ZONE   IANA zone of times without one, such as America/New_York (default: such rows are refused)
  --date-order ORDER dmy or mdy, of dates such as 05/01/2024 (default ymd: such rows are refused)
  --speed max|N      how many times faster than recorded (default 1; max: as fast as it can be read)
  --json             only JSON on stdout, one object a line: {"type":"value"} a second and portfolio, then
                     {"type":"rows"} and {"type":"portfolio"} (replay only), then one {"type":"summary"}
  --help             this text

In a terminal a table is redrawn in place (NO_COLOR is honoured); piped, there is a line a second and portfolio.
Ctrl-C ends it with the summary; a second Ctrl-C quits at once.
Exit code: 0; 1 when a file cannot be read, no row can be used or a recomputed value differs; 2 for arguments that are not understood.
`;

const OPTIONS =
  '--seconds N, --seed N, --replay FILE…, --speed max|N, --format NAME, --columns LIST, --symbol NAME, --time-unit UNIT, --time-zone ZONE, --date-order ORDER, --json, --help';

/** Options of the command line that say how files are read, and what they are called in tickmark. */
const READING = {
  '--format': 'format',
  '--columns': 'columns',
  '--symbol': 'symbol',
  '--time-unit': 'timeUnit',
  '--time-zone': 'timeZone',
  '--date-order': 'dateOrder',
} as const;

/** @throws UsageError */
export function readArguments(given: readonly string[]): QuickstartOptions {
  const options = {
    help: false,
    json: false,
    seconds: 10,
    seed: 1,
    replay: [] as string[],
    reading: {} as Reading,
    speed: 1 as 'max' | number,
  };
  const seen = new Set<string>();
  const left = given.flatMap((word) => /^(--[\w-]+)=(.*)$/s.exec(word)?.slice(1) ?? word);
  const value = (name: string, accepted: string): string => {
    const next = left.shift();
    if (next === undefined) throw new UsageError(`${name} needs a value; accepted: ${accepted}.`);
    return next;
  };
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    seen.add(word);
    if (word === '--help' || word === '-h') options.help = true;
    else if (word === '--json') options.json = true;
    else if (word === '--seconds') options.seconds = amount(word, value(word, SECONDS), SECONDS, 86_400);
    else if (word === '--seed') options.seed = wholeNumber(word, value(word, SEED));
    else if (word === '--speed') options.speed = speed(word, value(word, SPEED));
    else if (word === '--replay') {
      options.replay.push(value(word, 'one file or several'));
      while (left[0] !== undefined && !left[0].startsWith('--')) options.replay.push(left.shift()!);
    } else if (isReading(word)) {
      const text = value(word, 'see --help');
      options.reading = {
        ...options.reading,
        [READING[word]]: word === '--columns' ? columnsOf(text) : text,
      };
    } else throw new UsageError(`"${word}" is not understood; accepted: ${OPTIONS}.`);
  }
  const isReplay = options.replay.length > 0;
  for (const name of isReplay ? ['--seconds', '--seed'] : ['--speed', ...Object.keys(READING)])
    if (seen.has(name))
      throw new UsageError(`${name} ${isReplay ? 'does not go with --replay' : 'needs --replay FILE'}.`);
  checkReading(options.reading);
  return options;
}

const isReading = (word: string): word is keyof typeof READING => Object.hasOwn(READING, word);

function columnsOf(text: string): NonNullable<ReadingOptions['columns']> {
  const parts = text.split(',').map((part) => part.trim());
  if (!text.includes('=')) return parts;
  return Object.fromEntries(
    parts.map((part) => {
      const [role = '', column = ''] = part.split(/=(.*)/s).map((each) => each.trim());
      return [role, /^\d+$/.test(column) ? Number(column) : column];
    }),
  );
}

/** @throws UsageError with the names of the command line. */
function checkReading(reading: Reading): void {
  try {
    readRecording('-', reading);
  } catch (error) {
    const [, option, message] = /^readRecording: (\w+): (.*)$/s.exec((error as Error).message) ?? [];
    const name = Object.entries(READING).find(([, each]) => each === option)?.[0];
    throw name === undefined ? error : new UsageError(`${name}: ${message}`);
  }
}

const SECONDS = 'a number of seconds above 0, to 86400, such as 10';
const SEED = 'a whole number such as 7';
const SPEED = 'max, or a number above 0 where 1 is as recorded';

function amount(name: string, text: string, accepted: string, most: number): number {
  const number = /^[\d.]+$/.test(text) ? Number(text) : NaN;
  if (number > 0 && number <= most) return number;
  throw new UsageError(`${name}: "${text}" given; accepted: ${accepted}.`);
}

function wholeNumber(name: string, text: string): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new UsageError(`${name}: "${text}" given; accepted: ${SEED}.`);
}

function speed(name: string, text: string): 'max' | number {
  return text === 'max' ? text : amount(name, text, SPEED, Number.MAX_VALUE);
}
