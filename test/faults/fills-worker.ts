/** Books fills of one broker into portfolios that other processes book into, too. Says how many lists it has processed. */
import { InMemoryEventBus, type TickmarkError } from 'tickmark';
import { FillBooker, type Fill, type FillMessage, type FillStream } from 'tickmark/fills';
import { HoldingsEditor } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { openStore, type Place } from './adapters.js';
import { fillsOf } from './broker.js';

/** What a worker is to do. */
export interface FillsTask {
  readonly place: Place;
  readonly seed: number;
  readonly process: number;
  readonly fills: number;
  readonly portfolios: number;
  /** Lists that were processed before. */
  readonly from: number;
}

const LIST = 10;

const { args, send } = workerLink<FillsTask, never, number>();
const store = openStore(args.place, 4);
const holdings = new HoldingsEditor({
  repository: store.part,
  bus: new InMemoryEventBus(),
  maxAttempts: 1000,
});

/** All lists from one on, as a broker that delivers again what was not processed. */
class Broker implements FillStream {
  async *read(): AsyncGenerator<readonly FillMessage[]> {
    const all: readonly Fill[] = fillsOf(args);
    for (let list = args.from; list * LIST < all.length; list++) {
      yield all.slice(list * LIST, (list + 1) * LIST);
      send(list + 1);
    }
  }
}

const errors: TickmarkError[] = [];
const booker = new FillBooker({
  stream: new Broker(),
  holdings,
  repository: store.part,
  onError: (error) => void errors.push(error),
  onRefused: (_, error) => void errors.push(error),
});
booker.start();
await booker.finished();
await store.close();
for (const error of errors) console.error(error);
process.exitCode = errors.length > 0 ? 1 : 0;
