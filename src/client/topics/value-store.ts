import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import { topicOf, type Topic, type TopicKind } from '../../protocol/topic.js';
import type { Values } from '../../protocol/values.js';
import { ObservablePositions } from './observable-positions.js';
import { ObservableValue } from './observable-value.js';
import { noPositions, noValue, type Absence, type PositionsView, type ValueView } from './value-views.js';

/** Most prices of one commit, so that no frame is a long task on a slow phone. The others follow, those that waited longest first. */
const MAX_PRICES = 100;

/** What is known of one topic. */
export interface Entry {
  readonly kind: TopicKind;
  /** The value; of `positions`, {@link ObservablePositions}. */
  readonly observable: ObservableValue<ValueView<unknown> | PositionsView>;
  /** Whether its value is complete up to the store's position, so that changes can be applied to it. */
  isHeld: boolean;
}

/** A value of a topic that has not come yet; with a reason, one that was refused. */
export function observableOf(kind: TopicKind, id: string, reason: Absence = null): Entry['observable'] {
  return kind === 'positions'
    ? new ObservablePositions(id, reason)
    : new ObservableValue(noValue(id, reason));
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
  readonly #onChange: () => void;

  /** @param onChange Called when there is something to commit, possibly several times. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Starts to keep a topic. */
  add(topic: Topic): void {
    const end = topic.indexOf(':');
    const kind = topic.slice(0, end) as TopicKind;
    const id = topic.slice(end + 1);
    this.#entries.set(topic, { kind, observable: observableOf(kind, id), isHeld: false });
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
    for (const value of portfolios) this.#put('portfolio', value.id, value);
    for (const value of prices) this.#put('price', value.symbol, value, this.#prices);
    for (const value of positions) {
      const entry = this.#entries.get(topicOf('positions', value.id));
      // Changes to unknown rows would show a portfolio that never existed.
      if (!entry || !(value.full || entry.isHeld)) continue;
      entry.isHeld = true;
      this.set(entry.observable, (entry.observable as ObservablePositions).after(value));
    }
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
    const { id } = entry.observable.next;
    this.set(entry.observable, (entry.kind === 'positions' ? noPositions : noValue)(id, reason));
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
    for (const observable of changed) notify(observable.listeners);
    return changed.length > 0;
  }

  #put(kind: TopicKind, id: string, value: unknown, among?: Set<ObservableValue<unknown>>): void {
    const entry = this.#entries.get(topicOf(kind, id));
    if (!entry) return;
    entry.isHeld = true;
    this.set(entry.observable, { id, state: 'ready', reason: null, value }, among);
  }
}
