import { cluster, clusterWork } from './cases/cluster.js';
import { durable, durableWork } from './cases/durable.js';
import { exact, exactWork } from './cases/exact.js';
import { fanout, fanoutWork } from './cases/fanout.js';
import { fills, fillsWork } from './cases/fills.js';
import { ingest, ingestWork } from './cases/ingest.js';
import { instruments, instrumentsWork } from './cases/instruments.js';
import { kafka, kafkaWork } from './cases/kafka.js';
import { latency, latencyWork } from './cases/latency.js';
import { ledger, ledgerWork } from './cases/ledger.js';
import { loading, loadingWork } from './cases/loading.js';
import { lock, lockWork } from './cases/lock.js';
import { pages, pagesWork } from './cases/pages.js';
import { parse, parseWork } from './cases/parse.js';
import { pipeline, pipelineWork } from './cases/pipeline.js';
import { publish, publishWork } from './cases/publish.js';
import { replay, replayWork } from './cases/replay.js';
import { save, saveWork } from './cases/save.js';
import { shards, shardsWork } from './cases/shards.js';
import { socket, socketWork } from './cases/socket.js';
import { split, splitWork } from './cases/split.js';
import { valuation, valuationWork } from './cases/valuation.js';
import type { Bench } from './harness.js';
import type { OwnWork, Unmeasurable } from './processor-time.js';
import type { CaseReport } from './report.js';

/** A case: tickmark beside its peers, and the work of tickmark alone. */
export interface Case {
  readonly compare: (bench: Bench) => Promise<CaseReport>;
  readonly work: (bench: Bench) => Promise<OwnWork | Unmeasurable>;
}

/** All cases by name, in the order in which they run. */
export const CASES: Readonly<Record<string, Case>> = {
  ingest: { compare: ingest, work: ingestWork },
  valuation: { compare: valuation, work: valuationWork },
  instruments: { compare: instruments, work: instrumentsWork },
  pipeline: { compare: pipeline, work: pipelineWork },
  exact: { compare: exact, work: exactWork },
  ledger: { compare: ledger, work: ledgerWork },
  loading: { compare: loading, work: loadingWork },
  latency: { compare: latency, work: latencyWork },
  fills: { compare: fills, work: fillsWork },
  split: { compare: split, work: splitWork },
  shards: { compare: shards, work: shardsWork },
  durable: { compare: durable, work: durableWork },
  save: { compare: save, work: saveWork },
  publish: { compare: publish, work: publishWork },
  kafka: { compare: kafka, work: kafkaWork },
  cluster: { compare: cluster, work: clusterWork },
  lock: { compare: lock, work: lockWork },
  parse: { compare: parse, work: parseWork },
  socket: { compare: socket, work: socketWork },
  replay: { compare: replay, work: replayWork },
  fanout: { compare: fanout, work: fanoutWork },
  pages: { compare: pages, work: pagesWork },
};

/** Cases that are about one thing, by the name under which they run together. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ledger: ['ledger', 'loading', 'fills', 'split'],
};
