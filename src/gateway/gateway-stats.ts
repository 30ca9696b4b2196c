/** Counters of a {@link Gateway} since its construction. */
export interface GatewayStats {
  /** Connections that are open now. */
  readonly connections: number;
  /** Connections that were opened. */
  readonly opened: number;
  /** Requests and handshakes that were refused, by close code. */
  readonly refused: Readonly<Record<number, number>>;
  /** Connections that have ended: by close code, or `left` if the reader disconnected. */
  readonly ended: Readonly<Record<string, number>>;
  /** Topics that the gateway follows now, including those without a reader. */
  readonly topics: number;
  /** Different sets of topics that connections are subscribed to now. A change is serialized once for each set. */
  readonly multicastGroups: number;
  /** Offset of the newest change. */
  readonly offset: number;
  /** Changes of topics that were serialized, each once for all readers. */
  readonly serialized: number;
  /** Frames that were composed. Each is written to every connection of a multicast group. */
  readonly frames: number;
  /**
   * Values for connections: each change of each topic counts once for each of its readers.
   * `produced = sent + conflated + dropped + pending`.
   */
  readonly produced: number;
  /** Of `produced`: written to the connection. */
  readonly sent: number;
  /** Of `produced`: replaced by a newer value before they were written. */
  readonly conflated: number;
  /** Of `produced`: never written, because the subscription or the connection ended. */
  readonly dropped: number;
  /** Of `produced`: not written yet. */
  readonly pending: number;
  /** Bytes written. */
  readonly bytes: number;
  /**
   * Calls of `authorize`: how often it was called, denied and failed, and how often a denial of the last second was reused (`remembered`).
   */
  readonly authorizations: {
    readonly asked: number;
    readonly denied: number;
    readonly failed: number;
    readonly remembered: number;
  };
  /** How often each limit of {@link GatewayLimits} applied, by its name. */
  readonly limited: Readonly<Record<string, number>>;
  /** Bytes that are buffered for all connections together. */
  readonly buffered: number;
  /** Whether the bus delivers, as far as the probes of `busProbeMs` show. */
  readonly busDelivers: boolean;
  /** Subscriptions that `revoke()` ended. */
  readonly revoked: number;
}
