/** How one figure came out over all rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One side of a comparison. */
export interface Contender {
  readonly name: string;
  /** Does the job once and answers how many operations that were. */
  readonly round: () => number | Promise<number>;
}

/** Nanoseconds an operation took one contender. */
export type Timings = ReadonlyMap<string, Spread>;

/** What a case is run with. */
export interface Bench {
  /** Short rounds, to see that a case works; the figures mean little. */
  readonly quick: boolean;
  /** Says on stderr what is under way. */
  readonly progress: (text: string) => void;
}

const ROUNDS = 9;
const QUICK_ROUNDS = 3;
const WARMUPS = 2;

/**
 * Times contenders in turns within this process, so that whatever else the machine does meets all of them alike. Who
 * begins moves on by one each round. Garbage of one contender is collected before the next begins.
 */
export async function compare(bench: Bench, contenders: readonly Contender[]): Promise<Timings> {
  const rounds = bench.quick ? QUICK_ROUNDS : ROUNDS;
  const samples = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -WARMUPS; round < rounds; round++) {
    bench.progress(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
    for (let turn = 0; turn < contenders.length; turn++) {
      // Forwards and backwards in turn, so that nobody always finds the caches as the same one has left them.
      const place = round % 2 === 0 ? turn : contenders.length - 1 - turn;
      const { name, round: run } = contenders[(place + round + WARMUPS) % contenders.length]!;
      collectYoung();
      const start = performance.now();
      const operations = await run();
      const elapsed = performance.now() - start;
      if (round >= 0) samples.get(name)!.push((elapsed * 1e6) / operations);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, spread(values)]));
}

/**
 * Writes down what contenders compute beside how long they take: where another side is the slower one, or the machine is busy
 * with other things, time says little.
 */
export class ProcessorTimes {
  readonly #samples = new Map<string, number[]>();

  /** The contender, watched. What other threads of the process compute for it, such as unzipping, counts. */
  watched({ name, round }: Contender): Contender {
    return {
      name,
      round: async () => {
        const before = process.cpuUsage();
        const operations = await round();
        const { user, system } = process.cpuUsage(before);
        this.#samples.set(name, [...(this.#samples.get(name) ?? []), (user + system) / operations]);
        return operations;
      },
    };
  }

  /** Microseconds of processor time an operation took each, warm-up left out. */
  spreads(): ReadonlyMap<string, Spread> {
    return new Map([...this.#samples].map(([name, values]) => [name, spread(values.slice(WARMUPS))]));
  }
}

/** Median, least and greatest of some samples. */
export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Applies a conversion of units to a spread; one that turns the order round, such as time to rate, is fine. */
export function mapSpread({ median, min, max }: Spread, convert: (value: number) => number): Spread {
  const [a, b] = [convert(min), convert(max)];
  return { median: convert(median), min: Math.min(a, b), max: Math.max(a, b) };
}

/** How many times less time `name` takes than `other`, by the medians of one run. */
export function timesFaster(timings: Timings, name: string, other: string): number {
  return timings.get(other)!.median / timings.get(name)!.median;
}

/** Bytes in use after a full collection: the heap and the buffers of typed arrays. */
export function bytesInUse(): number {
  global.gc!();
  global.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Lets everything that is due in the event loop have its turn. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

// A full collection before each turn would cost more than the turns, with a million objects in the heap.
function collectYoung(): void {
  global.gc!({ type: 'minor' });
}
