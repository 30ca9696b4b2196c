// npm run soak -- [--minutes 30] [--readers 2000] [--hostile KIND] [--window 15] [--ticks 5] [--seed N]
// A gateway with hostile readers in every other window of time: whether honest ones notice. Exit code 1 when a bar is missed.
import { setTimeout } from 'node:timers/promises';
import { Child } from './child.js';
import { HOSTILE_KINDS } from './hostile-kinds.js';
import { median, merged, quantile, slope, type Histogram } from './judge.js';
import { HISTORY_MS, TOPICS } from './world.js';

/** With hostile readers the p99 of honest ones may be so many times what it is without. */
const MOST_RATIO = 1.2;
/** How much the heap may grow over the whole run, by its slope: so many bytes, or such a share of what it was. */
const MOST_GROWTH = { bytes: 8 * 2 ** 20, share: 0.1 };
/** After each switch, before anything is measured, ms. */
const SETTLE_MS = 3000;
const ALL_GONE_MS = 20_000;

interface Options {
  readonly minutes: number;
  readonly readers: number;
  readonly hostile: string;
  readonly window: number;
  readonly ticks: number;
  readonly seed: number;
}

interface Window {
  readonly latencies: Histogram;
  readonly values: number;
  readonly failed: number;
  readonly cpu: number;
  readonly loopP99: number;
  readonly loopMax: number;
}

interface Stats {
  readonly connections: number;
  readonly topics: number;
  readonly sockets: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  readonly limited: Readonly<Record<string, number>>;
  readonly thrown: readonly string[];
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

class Soak {
  readonly #options: Options;
  readonly #gateway: Child;
  readonly #honest: Child;
  readonly #hostile: Child;
  readonly #honestCount: number;
  readonly #windows: { without: Window[]; with: Window[] } = { without: [], with: [] };
  readonly #heaps: Array<[minute: number, bytes: number]> = [];
  #attacks = 0;

  private constructor(options: Options, gateway: Child, port: number) {
    const hostile = Math.ceil(options.readers / 10);
    this.#options = options;
    this.#honestCount = options.readers - hostile;
    this.#gateway = gateway;
    this.#honest = new Child('honest-readers.ts', [`${port}`, `${this.#honestCount}`]);
    this.#hostile = new Child('hostile-readers.ts', [
      `${port}`,
      `${hostile}`,
      options.hostile,
      `${options.seed}`,
    ]);
  }

  static async start(options: Options): Promise<Soak> {
    const gateway = new Child('gateway-process.ts', [`${options.ticks}`]);
    const soak = new Soak(options, gateway, await gateway.ask<number>('port'));
    await soak.#honest.ask('open');
    return soak;
  }

  /** Runs it, and answers whether every bar was met. */
  async run(): Promise<boolean> {
    const { minutes, window } = this.#options;
    const begin = performance.now();
    // Compiled code and full buffers are no growth.
    await this.#pair(begin);
    this.#windows.with.length = this.#windows.without.length = this.#heaps.length = 0;
    const pairs = Math.max(2, Math.round((minutes * 60) / (2 * (window + SETTLE_MS / 1000))) - 1);
    for (let pair = 1; pair <= pairs; pair++) {
      await this.#pair(begin);
      const [without, with_] = [this.#windows.without.at(-1)!, this.#windows.with.at(-1)!];
      say(
        `pair ${pair} of ${pairs}: p99 ${p99(without)} ms without, ${p99(with_)} ms with; ` +
          `loop p99 ${without.loopP99.toFixed(0)} and ${with_.loopP99.toFixed(0)} ms; ` +
          `cpu ${(without.cpu * 100).toFixed(0)} and ${(with_.cpu * 100).toFixed(0)} %; heap ${mebi(this.#heaps.at(-1)![1])} MiB`,
      );
    }
    const during = await this.#gateway.ask<Stats>('stats');
    await this.#honest.ask('leave');
    const left = await this.#left();
    return this.#judge(during, left);
  }

  async end(): Promise<void> {
    await Promise.all([this.#honest.end(), this.#hostile.end(), this.#gateway.end()]);
  }

  async #pair(begin: number): Promise<void> {
    this.#windows.without.push(await this.#window());
    await this.#hostile.ask('start');
    this.#windows.with.push(await this.#window());
    this.#attacks += await this.#hostile.ask<number>('stop');
    await setTimeout(SETTLE_MS / 2);
    this.#heaps.push([(performance.now() - begin) / 60_000, await this.#gateway.ask<number>('heap')]);
  }

  async #window(): Promise<Window> {
    await setTimeout(SETTLE_MS / 2);
    await this.#honest.ask('measure');
    await this.#gateway.ask('measure');
    await setTimeout(this.#options.window * 1000);
    const gateway = await this.#gateway.ask<Pick<Window, 'cpu' | 'loopP99' | 'loopMax'>>('report');
    return {
      ...(await this.#honest.ask<Pick<Window, 'latencies' | 'values' | 'failed'>>('report')),
      ...gateway,
    };
  }

  /** What is left when everybody has gone. */
  async #left(): Promise<Stats> {
    const deadline = performance.now() + ALL_GONE_MS + HISTORY_MS;
    let stats: Stats;
    do {
      await setTimeout(500);
      stats = await this.#gateway.ask<Stats>('stats');
    } while (stats.connections + stats.topics + stats.sockets > 0 && performance.now() < deadline);
    return stats;
  }

  #judge(during: Stats, left: Stats): boolean {
    const { with: hostile, without } = this.#windows;
    const all = (windows: readonly Window[]): Histogram => merged(windows.map(({ latencies }) => latencies));
    const ratios = hostile.map((window, pair) => p99(window) / p99(without[pair]!));
    const ratio = median(ratios);
    const bytesPerMinute = slope(this.#heaps);
    const [first, last] = [this.#heaps[0]!, this.#heaps.at(-1)!];
    const growth = bytesPerMinute * (last[0] - first[0]);
    const mostGrowth = Math.max(MOST_GROWTH.bytes, MOST_GROWTH.share * first[1]);
    const failed = hostile.at(-1)!.failed;
    const { ticks, window } = this.#options;
    const expected = this.#honestCount * TOPICS * (ticks / 10) * window * (hostile.length + without.length);
    const received = [...hostile, ...without].reduce((sum, { values }) => sum + values, 0) / expected;
    const bars: Array<[name: string, found: string, isMet: boolean]> = [
      [
        `p99 with hostile readers within ${MOST_RATIO} of p99 without, by the median of ${ratios.length} pairs`,
        `${ratio.toFixed(3)} (${ratios.map((each) => each.toFixed(2)).join(' ')})`,
        ratio <= MOST_RATIO,
      ],
      [
        `heap after collections flat: its slope (median of all pairs of points) over the run at most ${mebi(mostGrowth)} MiB`,
        `${mebi(first[1])} MiB at the start, ${mebi(last[1])} at the end, ${mebi(bytesPerMinute * 60)} MiB/h, ${mebi(growth)} in this run`,
        growth <= mostGrowth,
      ],
      ['honest readers who lost their connection: 0', `${failed}`, failed === 0],
      [
        'values that honest readers were sent: 90 % of all',
        `${(received * 100).toFixed(1)} %`,
        received >= 0.9,
      ],
      [
        'connections, topics and sockets at the end: 0',
        `${left.connections}, ${left.topics}, ${left.sockets}`,
        left.connections + left.topics + left.sockets === 0,
      ],
      [
        'thrown to the process of the gateway: nothing',
        left.thrown.join(' ') || 'nothing',
        left.thrown.length === 0,
      ],
    ];
    const out = (text: string): void => void process.stdout.write(`${text}\n`);
    out(
      `p99 ${quantile(all(without), 0.99)} ms without, ${quantile(all(hostile), 0.99)} ms with hostile readers (all windows together)`,
    );
    out(`p50 ${quantile(all(without), 0.5)} ms without, ${quantile(all(hostile), 0.5)} ms with`);
    out(`longest turn of the gateway's event loop: ${most(without)} ms without, ${most(hostile)} ms with`);
    out(
      `hostile actions: ${this.#attacks}; refused ${JSON.stringify(during.refused)}; ended ${JSON.stringify(during.ended)}`,
    );
    out(`limits that held: ${JSON.stringify(during.limited)}`);
    for (const [name, found, isMet] of bars) out(`${isMet ? 'met   ' : 'MISSED'} ${name}: ${found}`);
    return bars.every(([, , isMet]) => isMet);
  }
}

const p99 = ({ latencies }: Window): number => quantile(latencies, 0.99);
const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const most = (windows: readonly Window[]): string =>
  Math.max(...windows.map(({ loopMax }) => loopMax)).toFixed(0);

/** Arguments over their defaults; `null` for what is not understood. */
function readOptions(given: readonly string[]): Options | null {
  const numbers: Record<string, number> = {
    minutes: 30,
    readers: 2000,
    window: 15,
    ticks: 5,
    seed: Date.now() % 2 ** 31,
  };
  let hostile = 'all';
  for (let at = 0; at < given.length; at += 2) {
    const name = given[at]!.replace('--', '');
    const value = given[at + 1] ?? '';
    if (name === 'hostile' && (value === 'all' || Object.hasOwn(HOSTILE_KINDS, value))) hostile = value;
    else if (Object.hasOwn(numbers, name) && Number(value) > 0) numbers[name] = Number(value);
    else return null;
  }
  return { ...numbers, hostile } as Options;
}

const options = readOptions(process.argv.slice(2));
if (!options) {
  say(
    `Not understood. Accepted: --minutes, --readers, --window (s), --ticks (a second), --seed, each with a number above 0; ` +
      `--hostile all, ${Object.keys(HOSTILE_KINDS).join(', ')}.`,
  );
  process.exitCode = 2;
} else {
  say(`${JSON.stringify(options)}`);
  const soak = await Soak.start(options);
  try {
    process.exitCode = (await soak.run()) ? 0 : 1;
  } finally {
    await soak.end();
  }
}
