/**
 * The main job on ports of your own or in-memory parts: price streams, exact mark-to-market, portfolios, buses, locks, stores.
 * @module tickmark
 */
export { markToMarket, type MarkToMarketOptions } from './mark-to-market.js';
export { MarkToMarket, type MarkToMarketParts, type MarkToMarketStats } from './core/mark-to-market.js';

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
} from './core/market-data/price-update.js';
export {
  isGap,
  type PriceStreamAdapter,
  type PriceStreamGap,
  type PriceStreamMessage,
  type StreamStatus,
  type Unsubscribe,
} from './core/market-data/price-stream-adapter.js';
export {
  BasePriceStreamAdapter,
  type BasePriceStreamAdapterOptions,
} from './core/market-data/base-price-stream-adapter.js';
export type { PriceStreamLink } from './core/market-data/price-stream-link.js';
export {
  MockPriceStreamAdapter,
  type MockPriceStreamStats,
} from './core/market-data/mock-price-stream-adapter.js';
export type { MockPriceStreamAdapterOptions, MockSymbolOptions } from './core/market-data/mock-options.js';
export type { MockFault, MockFaultTrigger } from './core/market-data/mock-faults.js';
export {
  PRICES_CHANGED,
  PriceChangedBatch,
  PriceChangedEvent,
  type PriceChange,
} from './core/market-data/price-changed-event.js';
export type { PriceStamp } from './core/market-data/price-stamp.js';
export type { CloudEvent, PriceChangedData } from './core/market-data/cloud-event.js';
export { PriceStreamProcessor, type StandingPrice } from './core/market-data/price-stream-processor.js';
export type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from './core/market-data/price-stream-processor-options.js';
export type { OverflowPolicy } from './core/market-data/recording-backlog.js';
export { STREAM_GAP, type StreamGapEvent } from './core/market-data/stream-events.js';
export { SymbolTable } from './core/market-data/symbol-table.js';

export {
  BUS_GAP,
  type BusGapEvent,
  type DeliveryGuarantee,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
  type Subscription,
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
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from './core/portfolio/portfolio-repository.js';
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
} from './core/valuation/price-policy.js';
export type { PriceBoardOptions, StaleAfter } from './core/valuation/price-board.js';
export type { FxPolicy } from './core/valuation/book-conversions.js';
export { PositionBook } from './core/valuation/position-book.js';
export type { PositionBookOptions } from './core/valuation/position-book-options.js';
export type { ChangedPortfolios } from './core/valuation/book-totals.js';
export type { PortfolioTotals } from './core/valuation/totals-columns.js';
export {
  PORTFOLIOS_VALUED,
  PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from './core/valuation/portfolio-valued-event.js';
export type { ValuedPortfolio, ValuedRows } from './core/valuation/valued-rows.js';
export type { EmissionPolicy } from './core/valuation/emission-policy.js';
export { MarkToMarketEngine } from './core/valuation/mark-to-market-engine.js';
export type {
  MarkToMarketEngineOptions,
  CloseOptions,
  FlushOutcome,
  MarkToMarketEngineStats,
} from './core/valuation/mark-to-market-engine-options.js';
export { PortfolioValuationService } from './core/valuation/portfolio-valuation-service.js';
export type {
  BatchRevaluationResult,
  PortfolioValuationServiceOptions,
  PortfolioValuationServiceStats,
  PriceBatch,
  RevaluationOptions,
  RevaluationResult,
} from './core/valuation/portfolio-valuation-service-options.js';

export { InMemoryEventBus, type InMemoryEventBusOptions } from './memory/in-memory-event-bus.js';
export { InMemoryLock, type InMemoryLockOptions, type InMemoryLockStats } from './memory/in-memory-lock.js';
export {
  InMemoryPortfolioRepository,
  type InMemoryPortfolioRepositoryOptions,
  type InMemoryPortfolioRepositoryStats,
} from './memory/in-memory-portfolio-repository.js';
