import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { PriceStreamProcessor } from '../../src/core/ingest/price-stream-processor.js';
import { SymbolTable } from '../../src/core/prices/symbol-table.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import type { ValuationOutcome, ValuationRecord } from '../../src/core/portfolio/portfolio-repository.js';
import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import { PORTFOLIOS_VALUED } from '../../src/core/engine/portfolio-valued-event.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { binanceCombined } from '../../src/streams/replay/formats/binance-combined.js';
import { isNote, isPrice } from '../../src/streams/replay/recording-format.js';
import { ReplayPriceStreamAdapter } from '../../src/streams/replay/replay-price-stream-adapter.js';
import { compare, mapSpread, ProcessorTimes, timesFaster, type Bench, type Contender } from '../harness.js';
import { ccxtParser, tardisParser, type FrameParser, type ParserSink } from '../peers/frame-parsers.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';

const FILE = 'binance-spot-btcusdt-ethusdt-20240808T2354Z-20240809T0005Z.bookTicker+trade.txt.gz';
// A checkout elsewhere is told where the recording lies.
const FOLDER =
  process.env.TICKMARK_BENCH_RECORDINGS ??
  fileURLToPath(new URL('../../../shared/wire/replay', import.meta.url));
const PATH = join(FOLDER, FILE);
const FRAMES = 166_351;
const PORTFOLIOS = 1000;
// ccxt and tardis-dev need no more to show their pace, and the case would take minutes.
const PARSED = 40_000;

const NO_RECORDING = 'the recording is not in ../shared/wire/replay';
const PIPELINE = 'tickmark: gzip file, adapter, processor, bus, engine';
const PARSE = 'tickmark, frames read only';
const TARDIS = 'tardis-dev, JSON.parse and normalizers only';
const CCXT = 'ccxt.pro, JSON.parse and handleMessage only';

/** A recorded file as fast as it goes, until the values of portfolios are published. */
export async function replay(bench: Bench): Promise<CaseReport> {
  const measured = `${FRAMES.toLocaleString('en')} recorded trades and quotes of Binance, 650 s of market, ${PORTFOLIOS.toLocaleString('en')} portfolios; the peers are charged with parsing only`;
  if (!existsSync(PATH)) return { measured, figures: [], ratios: [], void: NO_RECORDING };
  const lines = recordedLines();
  const pipeline = await fullPipeline();
  const processor = new ProcessorTimes();
  const contenders: Contender[] = [
    { name: PIPELINE, round: () => pipeline.run() },
    { name: PARSE, round: reading(lines.slice(0, PARSED)) },
    { name: TARDIS, round: parsing(lines.slice(0, PARSED), await tardisParser()) },
    { name: CCXT, round: parsing(lines.slice(0, PARSED), await ccxtParser()) },
  ];
  const timings = await compare(
    bench,
    contenders.map((each) => processor.watched(each)),
  );
  await pipeline.close();
  const figures = [...timings].map(([name, time]): Figure => {
    const group = 'frames';
    return { group, name, unit: 'k frames/s', ...mapSpread(time, (nanoseconds) => 1e6 / nanoseconds) };
  });
  for (const [name, each] of processor.spreads())
    figures.push({ group: 'processor time, all threads', name, unit: 'µs a frame', ...each });
  return {
    measured,
    figures,
    ratios: [
      { name: PIPELINE, value: 1e6 / timings.get(PIPELINE)!.median, unit: 'k frames/s', floor: 200 },
      { name: `all of tickmark / ${TARDIS}`, value: timesFaster(timings, PIPELINE, TARDIS), unit: 'x' },
      { name: `all of tickmark / ${CCXT}`, value: timesFaster(timings, PIPELINE, CCXT), unit: 'x' },
      { name: `${PARSE} / ${TARDIS}`, value: timesFaster(timings, PARSE, TARDIS), unit: 'x' },
      { name: `${PARSE} / ${CCXT}`, value: timesFaster(timings, PARSE, CCXT), unit: 'x' },
    ],
  };
}

/** The work of tickmark alone. */
export async function replayWork(): Promise<OwnWork | Unmeasurable> {
  const measured = `${FRAMES} recorded trades and quotes of Binance, ${PORTFOLIOS} portfolios`;
  if (!existsSync(PATH)) return { measured, void: NO_RECORDING };
  const pipeline = await fullPipeline();
  return {
    measured,
    parts: [
      { name: 'file to values', operation: 'frame', round: () => pipeline.run() },
      { name: 'frames read', operation: 'frame', round: reading(recordedLines().slice(0, PARSED)) },
    ],
    close: () => pipeline.close(),
  };
}

function recordedLines(): string[] {
  const lines = gunzipSync(readFileSync(PATH)).toString('latin1').trimEnd().split('\n');
  if (lines.length !== FRAMES) throw new Error(`The recording has ${lines.length} lines.`);
  return lines;
}

// Each round plays the same times again: prices and values that were saved by the round before would count as newer.
class HoldingsOnly extends InMemoryPortfolioRepository {
  override savePrices(): Promise<void> {
    return Promise.resolve();
  }

  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return Promise.resolve(valuations.map(() => 'saved'));
  }
}

async function fullPipeline(): Promise<{ run(): Promise<number>; close(): Promise<void> }> {
  const repository = new HoldingsOnly();
  for (let number = 0; number < PORTFOLIOS; number++) {
    const positions = ['BTCUSDT', 'ETHUSDT'].map((symbol) => ({ symbol, quantity: (number + 1) / 100 }));
    await repository.save(Portfolio.create({ id: `P${number}`, currency: 'USDT', positions }));
  }
  let closeLast = (): Promise<void> => Promise.resolve();
  return {
    async run() {
      // Each round plays the same times again, which an engine that has seen them would take for old.
      await closeLast();
      const bus = new InMemoryEventBus();
      const symbols = new SymbolTable();
      const processor = new PriceStreamProcessor({ bus, symbols });
      const engine = new MarkToMarketEngine({ bus, repository, symbols, persistMs: 3_600_000 });
      await engine.start();
      closeLast = async () => {
        await processor.close();
        await engine.close();
        await bus.close();
      };
      let valued = 0;
      bus.subscribe(PORTFOLIOS_VALUED, ({ length }) => void (valued += length));
      const stream = new ReplayPriceStreamAdapter({ files: PATH, speed: 'max' });
      stream.onMessage((message) => void processor.push(message as never));
      await stream.connect();
      await stream.subscribe(['BTCUSDT', 'ETHUSDT']);
      await stream.finished;
      await processor.flush();
      if (valued < PORTFOLIOS || stream.stats().lines !== FRAMES)
        throw new Error(`Not all was played and valued: ${valued} values of ${stream.stats().lines} lines.`);
      return FRAMES;
    },
    close: () => closeLast(),
  };
}

function reading(lines: readonly string[]): Contender['round'] {
  return () => {
    const decode = binanceCombined.decoder();
    let prices = 0;
    for (const line of lines) {
      const decoded = decode(line);
      if (!isNote(decoded) && !Array.isArray(decoded) && isPrice(decoded as never)) prices++;
    }
    if (prices < lines.length * 0.99) throw new Error(`${prices} of ${lines.length} frames were prices.`);
    return lines.length;
  };
}

function parsing(lines: readonly string[], parse: FrameParser): Contender['round'] {
  return () => {
    const sink: ParserSink = { prices: 0, total: 0 };
    for (const line of lines) {
      const space = line.indexOf(' ');
      parse(line.slice(space + 1), new Date(Number(line.slice(0, space - 6))), sink);
    }
    if (sink.prices !== lines.length || !(sink.total > 0))
      throw new Error(`${sink.prices} of ${lines.length} frames gave a price.`);
    return lines.length;
  };
}
