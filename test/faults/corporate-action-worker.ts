/** Books a split into all holders. Says after each set how many it has looked at. */
import type { TickmarkError } from 'tickmark';
import { HoldingsEditor } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { openBus, openStore, type Place } from './adapters.js';

/** What a worker is to do. */
export interface CorporateActionTask {
  readonly place: Place;
  /** The ex-time, ms since 1970. */
  readonly at: number;
}

const { args, send } = workerLink<CorporateActionTask, never, number>();
const store = openStore(args.place, 4);
const bus = openBus(args.place);
const errors: TickmarkError[] = [];
const holdings = new HoldingsEditor({
  repository: store.part,
  bus: bus.part,
  onError: (error) => void errors.push(error),
});
const { refused } = await holdings.corporateAction(
  { id: 'split', at: args.at, type: 'split', symbol: 'A', from: 1, to: 2 },
  { onProgress: ({ done }) => send(done) },
);
await bus.close();
await store.close();
for (const error of errors) console.error(error);
process.exitCode = errors.length + refused.length > 0 ? 1 : 0;
