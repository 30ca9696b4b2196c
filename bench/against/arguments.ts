import { parseArgs } from 'node:util';
import { FEWEST_PAIRS } from './paired-change.js';

/** What `npm run bench -- --against DIR` was asked for. */
export interface Arguments {
  readonly against: string;
  readonly cases: readonly string[];
  /** The change in percent that is allowed; without it nothing is judged. */
  readonly within?: number;
  readonly pairs: number;
  readonly quick: boolean;
  readonly json: boolean;
}

/** An input that cannot be worked with; the message says what is accepted. */
export class WrongInput extends Error {}

const USAGE =
  'npm run bench -- --against DIR [--within PERCENT] [--pairs NUMBER] [--quick] [--json] [CASE ...]';
const PAIRS = 12;
/** From tick to value, and without a server. */
const CASES = ['pipeline', 'latency'];

/** Reads the command line; throws {@link WrongInput}. */
export function readArguments(given: readonly string[]): Arguments {
  const { values, positionals } = parsed(given);
  // An option in place of the folder is a folder that was left out.
  if (!values.against || values.against.startsWith('-'))
    throw new WrongInput(`--against needs the folder of an older checkout. Usage: ${USAGE}`);
  const within = values.within === undefined ? undefined : Number(values.within || NaN);
  if (within !== undefined && !(within > 0 && within < Infinity))
    throw new WrongInput(`--within is "${values.within}"; accepted is a number of percent above 0.`);
  const pairs = values.pairs === undefined ? (values.quick ? FEWEST_PAIRS : PAIRS) : Number(values.pairs);
  if (!Number.isSafeInteger(pairs) || pairs < FEWEST_PAIRS || pairs > 1000)
    throw new WrongInput(
      `--pairs is "${values.pairs}"; accepted is a whole number from ${FEWEST_PAIRS}, with which a confidence interval begins, to 1000.`,
    );
  return {
    against: values.against,
    cases: positionals.length > 0 ? [...new Set(positionals)] : CASES,
    ...(within !== undefined && { within }),
    pairs,
    quick: values.quick,
    json: values.json,
  };
}

function parsed(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        against: { type: 'string' },
        within: { type: 'string' },
        pairs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new WrongInput(`${(error as Error).message.replace(/\.$/, '')}. Usage: ${USAGE}`);
  }
}
