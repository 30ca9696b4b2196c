/**
 * Kits that test implementations of the ports, and a clock that tests advance.
 * @module tickmark/conformance
 */
export { ConformanceError } from './assertions.js';
export { dayStoreConformance } from './day-store/day-store-conformance.js';
export type {
  DayStoreConformanceOptions,
  DayStoreHarness,
  DayStoreSupport,
} from './day-store/day-store-kit.js';
export { eventBusConformance, type EventBusConformanceOptions } from './event-bus/event-bus-conformance.js';
export type { BreakableLink, EventBusHarness, EventBusSupport } from './event-bus/event-bus-kit.js';
export { fillStreamConformance } from './fill-stream/fill-stream-conformance.js';
export type {
  FillStreamConformanceOptions,
  FillStreamHarness,
  FillStreamSupport,
} from './fill-stream/fill-stream-kit.js';
export { FakeClock, type FakeClockOptions } from './fake-clock.js';
export { instrumentStoreConformance } from './instrument-store/instrument-store-conformance.js';
export type {
  InstrumentStoreConformanceOptions,
  InstrumentStoreHarness,
  InstrumentStoreSupport,
} from './instrument-store/instrument-store-kit.js';
export type { Harness, KitOptions } from './kit.js';
export type { KitTiming } from './kit-time.js';
export { lockConformance } from './lock/lock-conformance.js';
export type { LockConformanceOptions, LockHarness, LockSupport } from './lock/lock-kit.js';
export { portfolioRepositoryConformance } from './portfolio-repository/portfolio-repository-conformance.js';
export type {
  PortfolioRepositoryConformanceOptions,
  PortfolioRepositoryHarness,
  PortfolioRepositorySupport,
} from './portfolio-repository/repository-kit.js';
export { previousClosesConformance } from './previous-closes/previous-closes-conformance.js';
export type {
  PreviousClosesConformanceOptions,
  PreviousClosesHarness,
  PreviousClosesSupport,
} from './previous-closes/previous-closes-kit.js';
export { priceStreamAdapterConformance } from './price-stream/price-stream-adapter-conformance.js';
export type {
  PriceStreamAdapterConformanceOptions,
  PriceStreamAdapterHarness,
  PriceStreamAdapterSupport,
  PriceStreamVenue,
} from './price-stream/price-stream-kit.js';
export { shardAssignmentConformance } from './shard-assignment/shard-assignment-conformance.js';
export type {
  ShardAssignmentConformanceOptions,
  ShardAssignmentHarness,
  ShardAssignmentSupport,
} from './shard-assignment/shard-assignment-kit.js';
export type { CaseContext, RegisterCase, TestRunner } from './test-runner.js';
