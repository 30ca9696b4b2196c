/**
 * The parts that `markToMarket()` puts together, functions for implementations of the ports, and types that signatures of `tickmark`
 * mention.
 * @module tickmark/parts
 */
export type { PreviousClosesRequest, PreviousClosesSource } from '../core/calendars/previous-closes.js';
export { PriceStreamProcessor } from '../core/ingest/price-stream-processor.js';
export type { StartingPrice } from '../core/ingest/starting-price.js';
export type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from '../core/ingest/price-stream-processor-options.js';
export type {
  CombinedPriceStream,
  CombinedStreamStats,
  CombineStreamsOptions,
} from '../core/streams/combined/combined-price-stream.js';
export type { StreamRoute } from '../core/streams/combined/combined-stream.js';
export type { StreamPartStats } from '../core/streams/combined/stream-part.js';
export type {
  ConnectedPriceStream,
  PriceStreamConnection,
  StopPriceStream,
} from '../core/streams/price-stream.js';
export { SymbolRefusedError } from '../core/streams/symbol-refused-error.js';
export type { PriceStreamStats } from '../core/streams/price-stream-broadcast.js';
export type { MockSymbolOptions } from '../mock/mock-options.js';
export type { MockFault } from '../mock/mock-faults.js';
export type { OverflowPolicy } from '../core/ingest/fifo-backlog.js';

export { DEFAULT_SHARD_COUNT, shardOf } from '../core/shards/shard-of.js';
export { shardFilter, type ShardOptions, type ShardSelection } from '../core/shards/shard-selection.js';
export { fixedShards, type FixedShardsOptions } from '../core/shards/fixed-shards.js';
export {
  LeaseShardAssignment,
  type LeaseShardAssignmentOptions,
} from '../core/shards/lease/lease-shard-assignment.js';
export {
  FOLLOWERS_REQUESTED,
  PORTFOLIOS_FOLLOWED,
  type FollowersRequestedEvent,
  type PortfoliosFollowedEvent,
} from '../core/following/followed-events.js';
export { PortfolioFollower, type PortfolioFollowerOptions } from '../core/following/portfolio-follower.js';
export type { OwnedShard } from '../core/shards/owned-shard.js';
export {
  SUMMED_FIGURES,
  type CurrencySum,
  type CurrencySums,
  type SummedFigure,
} from '../core/book/sums/currency-sums.js';
export {
  convertedTotal,
  totalsByCurrency,
  type ConvertedTotal,
  type CurrencyTotal,
  type RateSource,
} from '../core/totals/currency-totals.js';
export { FirmTotals, type FirmTotal, type FirmTotalsOptions } from '../core/totals/firm-totals.js';
export {
  SHARD_TOTALS,
  type ExactAmount,
  type ShardTotals,
  type ShardTotalsEvent,
} from '../core/totals/shard-totals-event.js';
export {
  ShardTotalsPublisher,
  type ShardTotalsPublisherOptions,
  type ShardTotalsSource,
} from '../core/totals/shard-totals-publisher.js';
export type { ShardAssignment, ShardHandlers } from '../core/shards/shard-assignment.js';

export { PositionBook } from '../core/book/position-book.js';
export type { ReadonlyPositionBook } from '../core/book/readonly-position-book.js';
export type { PositionBookOptions } from '../core/book/position-book-options.js';
export type { ChangedPortfolios } from '../core/book/changed-portfolios.js';
export {
  EXPLAINABLE_FIGURES,
  type ExplainableFigure,
  type ExplainableLeaf,
  type ExplainableSum,
  type ExplainedGroup,
  type ExplainedPart,
  type Explanation,
} from '../core/book/valuation/explanation.js';
export type { SymbolPrice } from '../core/book/symbol-price.js';
export {
  STREAMED_FIGURES,
  mapFigures,
  type PortfolioTotals,
  type StreamedFigure,
} from '../core/portfolio/figures/portfolio-totals.js';
export type { ValuedPortfolio, ValuedRow, ValuedRows } from '../core/book/valued-rows.js';
export type { LatestPricesOptions } from '../core/book/latest-prices.js';
export type { StaleAfter } from '../core/book/price-freshness.js';
export type { FxPolicy } from '../core/book/conversion-table.js';
export type { PriceChoice, Quote, Side } from '../core/book/price-policy.js';
export type { QuotedPrice, QuotedPrices } from '../core/book/value-portfolio.js';

export { MarkToMarketEngine } from '../core/engine/mark-to-market-engine.js';
export type {
  CloseOptions,
  FlushOutcome,
  MarkToMarketEngineOptions,
  MarkToMarketEngineStats,
} from '../core/engine/mark-to-market-engine-options.js';
export type { EmissionPolicy } from '../core/engine/emission-policy.js';
export type { LoadProgress } from '../core/engine/initial-loader.js';
export type { ValuationWriterStats } from '../core/engine/writer/valuation-writer.js';
export type { MarkToMarketParts } from '../mark-to-market/mark-to-market-options.js';

export { PortfolioValuationService } from '../core/revaluation/portfolio-valuation-service.js';
export type {
  BatchRevaluationResult,
  PortfolioValuationServiceOptions,
  PortfolioValuationServiceStats,
  PriceBatch,
  RevaluationOptions,
  RevaluationResult,
} from '../core/revaluation/portfolio-valuation-service-options.js';

export type {
  CorporateAction,
  CorporateActionRecord,
} from '../core/portfolio/corporate-actions/corporate-action.js';
export type {
  CorporateActionOptions,
  CorporateActionProgress,
  CorporateActionResult,
  RefusedAction,
} from '../core/portfolio/corporate-actions/corporate-action-booking.js';
export {
  CORPORATE_ACTION,
  type CorporateActionEvent,
} from '../core/portfolio/corporate-actions/corporate-action-event.js';
export type { Booking } from '../core/portfolio/book-together.js';
export {
  HoldingsEditor,
  type BookedEntries,
  type BookingOutcome,
  type HoldingsEditorOptions,
} from '../core/portfolio/holdings-editor.js';
export { Fraction } from '../core/money/fraction.js';
export type { CashBalance, ClosedPosition } from '../core/portfolio/figures/portfolio-valuation.js';
export {
  findHolders,
  streamPortfolios,
  loadPortfolios,
  portfolioLedger,
  savePortfolios,
} from '../core/portfolio/repository-calls.js';
export { newerPrice } from '../core/portfolio/newer-price.js';
export { priceRecord } from '../core/portfolio/price-record.js';
export { priceGrade, valuationGrade } from '../core/portfolio/stored-grade.js';
export { valuationOutcome } from '../core/portfolio/valuation-outcome.js';
export type { PerformanceMetrics, PricedTotals } from '../core/portfolio/figures/performance-metrics.js';
export type {
  LocalAmounts,
  PriceKind,
  PriceUsed,
  RateUsed,
} from '../core/portfolio/figures/portfolio-valuation.js';

export { FxRates, type FxQuote, type FxRate, type FxSide } from '../core/money/fx-rates.js';
export { MAX_DIGITS, MAX_SCALE } from '../core/money/decimal.js';
export type { PriceBatchOptions, PriceChange } from '../core/prices/price-changed-event.js';
export type { PriceDetails, PriceRejection } from '../core/prices/price-update.js';
export type { PriceDetailName } from '../core/prices/usable-details.js';
export type { PriceStamp } from '../core/prices/price-stamp.js';
export type { Publication } from '../core/prices/price-sync-events.js';
export type { CloudEvent, PriceChangedData } from '../core/prices/cloud-event.js';
export { SymbolCalendars } from '../core/calendars/symbol-calendars.js';
export { SymbolTable } from '../core/prices/symbol-table.js';

export type { MockPriceStreamStats } from '../mock/mock-price-stream-adapter.js';
export type { MockFaultTrigger } from '../mock/mock-faults.js';
export type { InMemoryEventBusOptions } from '../memory/in-memory-event-bus.js';
export type { InMemoryLockOptions } from '../memory/in-memory-lock.js';
export type {
  InMemoryPortfolioRepositoryOptions,
  InMemoryPortfolioRepositoryStats,
} from '../memory/in-memory-portfolio-repository.js';
export type { TickmarkErrorOptions } from '../core/errors.js';
