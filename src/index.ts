/**
 * The main job on ports of your own or in-memory parts: price streams, exact mark-to-market, portfolios, buses, locks, stores.
 * @module tickmark
 */
export { markToMarket, type MarkToMarketOptions } from './mark-to-market.js';
export { MarkToMarket, type MarkToMarketParts, type MarkToMarketStats } from './mark-to-market.js';

export { systemClock, type Clock, type Timer } from './core/clock.js';
export { seededRandom, systemRandom, type RandomSource } from './core/random.js';
export type { Logger } from './core/logger.js';
export {
  ConcurrencyError,
  EntityNotFoundError,
  LockError,
  RepositoryError,
  TickmarkError,
  type ErrorCode,
  type TickmarkErrorOptions,
} from './core/errors.js';

export { Decimal, MAX_DIGITS, MAX_SCALE, type DecimalInput } from './core/money/decimal.js';
export { currencyOf, defineCurrency, type Currency } from './core/money/currency.js';
export {
  FxRates,
  fxPair,
  type FxPair,
  type FxQuote,
  type FxRate,
  type FxSide,
} from './core/money/fx-rates.js';

export {
  PriceRejectedError,
  type MarketState,
  type PriceDetails,
  type PriceRejection,
  type PriceUpdate,
} from './core/prices/price-update.js';
export {
  isGap,
  type PriceStreamAdapter,
  type PriceStreamMessage,
  type StreamStatus,
} from './core/streams/price-stream-adapter.js';
export type { Unsubscribe } from './core/unsubscribe.js';
export type { PriceStreamGap } from './core/prices/price-stream-gap.js';
export {
  BasePriceStreamAdapter,
  type BasePriceStreamAdapterOptions,
} from './core/streams/base-price-stream-adapter.js';
export type { PriceStreamLink } from './core/streams/price-stream-link.js';
export { MockPriceStreamAdapter, type MockPriceStreamStats } from './mock/mock-price-stream-adapter.js';
export type { MockPriceStreamAdapterOptions, MockSymbolOptions } from './mock/mock-options.js';
export type { MockFault, MockFaultTrigger } from './mock/mock-faults.js';
export {
  PRICES_CHANGED,
  PriceChangedBatch,
  PriceChangedEvent,
  type PriceChange,
} from './core/prices/price-changed-event.js';
export type { PriceStamp } from './core/prices/price-stamp.js';
export type { CloudEvent, PriceChangedData } from './core/prices/cloud-event.js';
export { PriceStreamProcessor, type StartingPrice } from './core/ingest/price-stream-processor.js';
export type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from './core/ingest/price-stream-processor-options.js';
export type { OverflowPolicy } from './core/ingest/fifo-backlog.js';
export { STREAM_GAP, type StreamGapEvent } from './core/prices/stream-gap-event.js';
export { SymbolTable } from './core/prices/symbol-table.js';

export {
  BUS_GAP,
  type BusGapEvent,
  type DeliveryGuarantee,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
} from './core/messaging/event-bus.js';
export type { AcquireOptions, Lease, Lock } from './core/locking/lock.js';

export { Portfolio } from './core/portfolio/portfolio.js';
export type {
  AccountKind,
  FillOptions,
  PortfolioInput,
  PortfolioSnapshot,
} from './core/portfolio/portfolio-input.js';
export { Position, type FillResult, type PositionInput } from './core/portfolio/position.js';
export type {
  HoldingsChanges,
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from './core/portfolio/portfolio-repository.js';
export type { SaveOutcome } from './core/portfolio/save-outcome.js';
export { findHolders, loadPortfolios, savePortfolios } from './core/portfolio/repository-calls.js';
export { newerPrice } from './core/portfolio/newer-price.js';
export { priceRecord } from './core/portfolio/price-record.js';
export { priceGrade, valuationGrade } from './core/portfolio/stored-grade.js';
export { valuationOutcome } from './core/portfolio/valuation-outcome.js';
export { HOLDINGS_CHANGED, type HoldingsChangedEvent } from './core/portfolio/holdings-changed-event.js';
export { HoldingsEditor, type HoldingsEditorOptions } from './core/portfolio/holdings-editor.js';
export type { PerformanceMetrics, PricedTotals } from './core/portfolio/performance-metrics.js';
export type {
  LocalAmounts,
  PortfolioValuation,
  PositionValuation,
  PriceGrade,
  PriceKind,
  PriceUsed,
  RateUsed,
} from './core/portfolio/portfolio-valuation.js';

export {
  exitPrice,
  lastPrice,
  midPrice,
  type PriceChoice,
  type PricePolicy,
  type Quote,
  type Side,
} from './core/book/price-policy.js';
export type { LatestPricesOptions } from './core/book/latest-prices.js';
export type { StaleAfter } from './core/book/price-freshness.js';
export type { FxPolicy } from './core/book/conversion-table.js';
export { PositionBook } from './core/book/position-book.js';
export type { PositionBookOptions } from './core/book/position-book-options.js';
export type { ChangedPortfolios } from './core/book/changed-portfolios.js';
export type { PortfolioTotals } from './core/book/totals-columns.js';
export {
  PORTFOLIOS_VALUED,
  PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from './core/engine/portfolio-valued-event.js';
export type { ValuedPortfolio, ValuedRows } from './core/book/valued-rows.js';
export type { EmissionPolicy } from './core/engine/emission-policy.js';
export { MarkToMarketEngine } from './core/engine/mark-to-market-engine.js';
export type {
  MarkToMarketEngineOptions,
  CloseOptions,
  FlushOutcome,
  MarkToMarketEngineStats,
} from './core/engine/mark-to-market-engine-options.js';
export { PortfolioValuationService } from './core/revaluation/portfolio-valuation-service.js';
export type {
  BatchRevaluationResult,
  PortfolioValuationServiceOptions,
  PortfolioValuationServiceStats,
  PriceBatch,
  RevaluationOptions,
  RevaluationResult,
} from './core/revaluation/portfolio-valuation-service-options.js';

export { InMemoryEventBus, type InMemoryEventBusOptions } from './memory/in-memory-event-bus.js';
export { InMemoryLock, type InMemoryLockOptions } from './memory/in-memory-lock.js';
export {
  InMemoryPortfolioRepository,
  type InMemoryPortfolioRepositoryOptions,
  type InMemoryPortfolioRepositoryStats,
} from './memory/in-memory-portfolio-repository.js';
