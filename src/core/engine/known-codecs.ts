import type { EventCodec } from '../messaging/event-codec.js';
import { CorporateActionCodec } from '../portfolio/corporate-actions/corporate-action-codec.js';
import { HoldingsChangedCodec } from '../portfolio/holdings-changed-codec.js';
import { PriceChangedCodec } from '../prices/price-changed-codec.js';
import { DayEndedCodec } from './days/day-ended-codec.js';
import { PortfolioValuedCodec } from './portfolio-valued-codec.js';
import { ShardsOwnedCodec } from './shards/shards-owned-codec.js';

/** The codecs of tickmark's own events; events of other types are sent as they are. */
export function knownCodecs(): readonly EventCodec[] {
  const codecs = [
    new PriceChangedCodec(),
    new PortfolioValuedCodec(),
    new HoldingsChangedCodec(),
    new CorporateActionCodec(),
    new ShardsOwnedCodec(),
    new DayEndedCodec(),
  ];
  return codecs as readonly EventCodec[];
}
