import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import { topicOf, type Topic, type TopicKind } from '../../protocol/topic.js';
import type { PositionsValue, Values } from '../../protocol/values.js';
import { ObservableValue } from './observable-value.js';
import { PositionRows } from './position-rows.js';
import type { ValueView } from './value-views.js';

/** Most prices of one commit, so that no frame is a long task on a slow phone. The others follow, those that waited longest first. */
const MAX_PRICES = 100;

/** What is known of one topic. */
export interface Entry {
  readonly kind: TopicKind;
  /** The value; of a portfolio with rows, its totals. */
  readonly observable: ObservableValue<ValueView<unknown>>;
  /** Its rows; of `positions` only. */
  readonly rows: PositionRows | undefined;
  /** Whether its value is complete up to the store's position, so that changes can be applied to it. */
  isHeld: boolean;
}

/** A value that has not come yet; with a reason, one that was refused. */
export function noValue<Value>(
  id: string,
  reason: RefusalReason | EndReason | null = null,
): ValueView<Value> {
  return { id, state: reason ? 'unavailable' : 'loading', reason, value: null };
}

/** The newest values of the subscribed topics, and those that are shown. Shown values change only in a commit. */
export class ValueStore {
  /** Position up to which all values that are held are complete; `null` before the first one. */
  position: StreamPosition | null = null;
  /** Subject of these values, once the gateway has named it. */
  subject: string | undefined;
  readonly #entries = new Map<Topic, Entry>();
  readonly #changed = new Set<ObservableValue<unknown>>();
  readonly #prices = new Set<ObservableValue<unknown>>();
  readonly #rowsChanged = new Set<PositionRows>();
  readonly #onChange: () => void;

  /** @param onChange Called when there is something to commit, possibly several times. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Starts to keep a topic. */
  add(topic: Topic): void {
    const [, kind, id] = /^(\w+):(.*)$/s.exec(topic) as unknown as [string, TopicKind, string];
    const observable = new ObservableValue<ValueView<unknown>>(noValue(id));
    const rows = kind === 'positions' ? new PositionRows(observable) : undefined;
    this.#entries.set(topic, { kind, observable, rows, isHeld: false });
  }

  get(topic: Topic): Entry | undefined {
    return this.#entries.get(topic);
  }

  /** Forgets a topic and its value. */
  remove(topic: Topic): void {
    this.#entries.delete(topic);
  }

  entries(): Iterable<readonly [Topic, Entry]> {
    return this.#entries;
  }

  /** Sets any observable value; it is shown with the next commit. */
  set<T>(observable: ObservableValue<T>, next: T, among = this.#changed): void {
    observable.next = next;
    among.add(observable as ObservableValue<unknown>);
    this.#onChange();
  }

  /** Applies the values of a message. Topics that are not kept are ignored. */
  apply({ portfolios = [], positions = [], prices = [] }: Values): void {
    for (const value of portfolios) this.#put(topicOf('portfolio', value.id), value.id, value);
    for (const value of prices) this.#put(topicOf('price', value.symbol), value.symbol, value, this.#prices);
    for (const value of positions) this.#putRows(value);
  }

  /**
   * Sets the subject of the values that follow, if it is known. Values of another subject are dropped, with their position.
   * @returns Whether a position was dropped.
   */
  setSubject(subject: string | null | undefined): boolean {
    const { subject: before, position } = this;
    this.subject = subject ?? before;
    if (!before || this.subject === before) return false;
    this.position = null;
    for (const topic of this.#entries.keys()) this.deny(topic, null);
    return position !== null;
  }

  /** A topic was refused, or has no value yet (`null`): its earlier value is no longer shown. */
  deny(topic: Topic, reason: RefusalReason | EndReason | null): void {
    const entry = this.#entries.get(topic);
    if (!entry) return;
    entry.isHeld = false;
    this.set(entry.observable, noValue(entry.observable.next.id, reason));
    if (entry.rows) this.#touchRows(entry.rows, entry.rows.replace([]));
  }

  /** Shows the newest values, and notifies the listeners of those that have changed. @returns Whether any has. */
  commit(notify: (listeners: ReadonlySet<() => void>) => void): boolean {
    const due = [...this.#changed];
    this.#changed.clear();
    for (const observable of [...this.#prices].slice(0, MAX_PRICES)) {
      due.push(observable);
      this.#prices.delete(observable);
    }
    if (this.#prices.size > 0) this.#onChange();
    const changed = due.filter((observable) => observable.commit());
    for (const rows of this.#rowsChanged) changed.push(...rows.commit());
    this.#rowsChanged.clear();
    for (const observable of changed) notify(observable.listeners);
    return changed.length > 0;
  }

  #put(topic: Topic, id: string, value: unknown, among?: Set<ObservableValue<unknown>>): void {
    const entry = this.#entries.get(topic);
    if (!entry) return;
    entry.isHeld = true;
    this.set(entry.observable, { id, state: 'ready', reason: null, value }, among);
  }

  #putRows({ id, portfolio, full, rows, removed }: PositionsValue): void {
    const topic = topicOf('positions', id);
    const entry = this.#entries.get(topic);
    // Changes to unknown rows would show a portfolio that never existed.
    if (!entry?.rows || !(full || entry.isHeld)) return;
    this.#put(topic, id, portfolio);
    this.#touchRows(entry.rows, full ? entry.rows.replace(rows) : entry.rows.merge(rows, removed));
  }

  #touchRows(rows: PositionRows, touched: Iterable<ObservableValue<unknown>>): void {
    for (const observable of touched) this.#changed.add(observable);
    this.#rowsChanged.add(rows);
    this.#onChange();
  }
}
