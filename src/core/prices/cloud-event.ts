/** An event in the CloudEvents 1.0 JSON shape (cloudevents.io, spec version 1.0.2, JSON format). */
export interface CloudEvent<Data> {
  readonly specversion: '1.0';
  readonly type: string;
  readonly source: string;
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  readonly subject?: string;
  readonly datacontenttype: 'application/json';
  readonly data: Data;
}

/** Data of a price change as JSON; prices are decimal strings. */
export interface PriceChangedData {
  readonly symbol: string;
  readonly oldPrice: string | null;
  readonly newPrice: string;
  readonly priceChange: string | null;
  readonly priceChangePct: number | null;
}
