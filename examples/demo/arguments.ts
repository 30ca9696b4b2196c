import { parseArgs } from 'node:util';

/** Options of the command line. */
export interface DemoOptions {
  readonly help: boolean;
  /** 0: any free port. */
  readonly port: number;
  /** `null`: until Ctrl-C. */
  readonly seconds: number | null;
  readonly seed: number;
  /** Recorded files; empty for the made-up feed. */
  readonly replay: readonly string[];
  readonly speed: 'max' | number;
}

/** The command line cannot be understood; the message says what was given and what is accepted. */
export class UsageError extends Error {}

export const HELP = `usage: npm run demo -- [options]

Shows portfolios in a browser while they are marked to a made-up feed, or to recorded prices.

  --port N           where to serve the page (default 0: any that is free)
  --seconds N        end after so long (default: on Ctrl-C)
  --seed N           another walk of the made-up prices: a whole number (default 1)
  --replay FILE      recorded prices instead, once for each file: Binance combined stream, LEAN trades, CSV or JSON lines
  --speed max|N      how many times faster than recorded (default 1)
  --help             this text

With TICKMARK_POSTGRES_URL portfolios and values are kept in PostgreSQL (schemas tickmark_demo and, for recordings,
tickmark_demo_replay, which is made anew each time), with TICKMARK_REDIS_URL events and locks go through Redis.
`;

/** @throws UsageError */
export function readArguments(given: readonly string[]): DemoOptions {
  const { values } = parse(given);
  const { help = false, port = '0', seconds, seed = '1', replay = [], speed = '1' } = values;
  if (values.speed !== undefined && replay.length === 0) throw new UsageError('--speed needs --replay FILE.');
  return {
    help,
    replay,
    port: number('--port', port, /^\d+$/, 0, 65_535, 'a port from 0 to 65535'),
    seconds:
      seconds === undefined
        ? null
        : number('--seconds', seconds, /^[\d.]+$/, 0.001, 86_400, 'a number of seconds up to 86400'),
    seed: number('--seed', seed, /^-?\d+$/, -(2 ** 53) + 1, 2 ** 53 - 1, 'a whole number such as 7'),
    speed:
      speed === 'max'
        ? speed
        : number('--speed', speed, /^[\d.]+$/, 1e-6, 1e6, 'max, or a number such as 10'),
  };
}

function parse(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      options: {
        help: { type: 'boolean', short: 'h' },
        port: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
        replay: { type: 'string', multiple: true },
        speed: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function number(
  name: string,
  text: string,
  form: RegExp,
  least: number,
  most: number,
  accepted: string,
): number {
  const value = form.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${name}: "${text}" given; accepted: ${accepted}.`);
}
