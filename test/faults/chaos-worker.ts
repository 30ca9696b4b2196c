/** One process of many on the same portfolios: the ingest of the market, or an engine. */
import { type PriceUpdate } from 'tickmark';
import { MarkToMarketEngine, PriceStreamProcessor } from 'tickmark/parts';
import { Dice } from '../oracle/dice.js';
import { workerLink } from '../servers/worker-link.js';
import { pause } from '../waiting.js';
import { openBus, openLock, openStore, openStreamBus, type Place } from './adapters.js';
import { LossyBus } from './lossy-bus.js';
import { SYMBOLS, pricesAt } from './market.js';

export interface ChaosArguments extends Place {
  readonly role: 'ingest' | 'engine';
  readonly bus: 'pub-sub' | 'streams';
  readonly hasLock: boolean;
  readonly leaseMs: number;
  readonly lossRate: number;
  readonly seed: number;
  readonly ids: readonly string[];
}

/** What an engine says of itself. */
export interface EngineSample {
  readonly values: ReadonlyArray<{
    readonly id: string;
    readonly version: number;
    readonly marketValue: string | null;
    readonly isLive: boolean;
  }>;
  readonly missedPrices: number;
  readonly discoveredHoldings: number;
  readonly lost: number;
}

export type ChaosMessage = 'ready' | { readonly lastTime: number } | EngineSample | 'calm';
export type ChaosOrder = 'calm' | 'halt' | 'sample';

const TICK_MS = 20;
const { args, next, send } = workerLink<ChaosArguments, ChaosOrder, ChaosMessage>();
const dice = new Dice(args.seed);
const opened = args.bus === 'streams' ? openStreamBus(args) : openBus(args);
const bus = new LossyBus(opened.part, args.lossRate, dice);
const store = openStore(args, 4);

if (args.role === 'ingest') await ingest();
else await engine();

async function ingest(): Promise<void> {
  const processor = new PriceStreamProcessor({ bus, throttle: false });
  processor.startFrom(await store.part.loadPrices());
  let lastTime = 0;
  const push = (updates: readonly PriceUpdate[]): void => updates.forEach((update) => processor.push(update));
  const timer = setInterval(() => {
    lastTime = Math.max(lastTime + 1, Date.now());
    push(pricesAt(lastTime, dice.some(SYMBOLS, dice.between(1, SYMBOLS.length))));
  }, TICK_MS);
  send('ready');
  for (;;) {
    const order = await next();
    if (order === 'calm') {
      bus.lossRate = 0;
      send('calm');
    } else if (order === 'halt') {
      clearInterval(timer);
      lastTime = Math.max(lastTime + 1, Date.now());
      push(pricesAt(lastTime));
      await processor.flush();
      send({ lastTime });
    }
  }
}

async function engine(): Promise<void> {
  const lock = openLock('redis', args);
  const marking = new MarkToMarketEngine({
    repository: store.part,
    bus,
    lock: args.hasLock ? lock.part : null,
    leaseMs: args.leaseMs,
    persistMs: 100,
    onError: () => undefined,
  });
  // A server that is slow at the start is no fault here.
  while (
    !(await marking.start().then(
      () => true,
      () => false,
    ))
  )
    await pause(100);
  send('ready');
  for (;;) {
    const order = await next();
    if (order === 'calm') {
      bus.lossRate = 0;
      send('calm');
      continue;
    }
    const { missedPrices, discoveredHoldings } = marking.stats();
    const values = args.ids.flatMap((id) => {
      const value = marking.value(id);
      if (!value) return [];
      const { version, marketValue, positions } = value;
      const isLive = positions.every(({ grade }) => grade === 'live');
      return { id, version, marketValue: marketValue?.toString() ?? null, isLive };
    });
    send({ values, missedPrices, discoveredHoldings, lost: bus.lost });
  }
}
