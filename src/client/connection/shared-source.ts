import { invalidArgument } from '../../core/errors.js';
import type { Topic } from '../../protocol/topic.js';
import { GatewayLink } from './gateway-link.js';
import { TabGroup, type TabChannel, type TabGroupMember, type TabHost, type TabLocks } from './tab-group.js';
import { TabLeader, type LeaderUpdate } from './tab-leader.js';
import {
  IDLE,
  type OpenLiveSource,
  type LiveSource,
  type LiveSourceHost,
  type LiveSourceSettings,
} from './live-source.js';

/** Options of {@link sharedByTabs}. */
export interface TabSharingOptions {
  /**
   * Who is reading, such as the id of the user: tabs of the same reader share a connection, and all see what the one that holds it
   * may see. When another user signs in, make a new client with the new id.
   */
  readonly reader: string;
  /** What tabs find each other by. Default: the browser's locks and channels. */
  readonly tabs?: TabHost | null;
}

/** What a follower says: what it wants, or that the connection is to be made anew. */
type FollowerMessage = { readonly wants: readonly Topic[] } | { readonly reconnects: true };

/** What a leader tells, and the gateway's time. */
type LeaderMessage = LeaderUpdate & { readonly serverNow: number };

/** Stands for this tab among those that the leader looks after. */
const OWN = '';

/**
 * Lets the tabs of a browser share one connection: `share: sharedByTabs({ reader: userId })`. Where the browser cannot, such as on pages
 * that did not come over HTTPS, each page has its own.
 * @throws TickmarkError `INVALID_ARGUMENT` without a reader.
 */
export function sharedByTabs(options: TabSharingOptions): OpenLiveSource {
  // From JavaScript it may be called without any.
  const { reader, tabs = browserTabs() } = { ...options };
  if (typeof reader !== 'string' || reader === '') {
    throw invalidArgument('sharedByTabs: reader', reader, 'the id of who is reading');
  }
  return (settings, host) =>
    tabs ? new SharedSource(tabs, reader, settings, host) : new GatewayLink(settings, host);
}

function browserTabs(): TabHost | null {
  const { navigator, BroadcastChannel: Channel } = globalThis as unknown as {
    readonly navigator?: { readonly locks?: TabLocks };
    readonly BroadcastChannel?: new (name: string) => TabChannel;
  };
  const locks = navigator?.locks;
  return locks && Channel ? { locks, openChannel: (name) => new Channel(name) } : null;
}

/** Values over a link of this tab while it leads, and from the tab that leads otherwise. */
class SharedSource implements LiveSource {
  readonly #settings: LiveSourceSettings;
  readonly #host: LiveSourceHost;
  readonly #group: TabGroup<FollowerMessage, LeaderMessage>;
  #topics: ReadonlySet<Topic> = new Set();
  #leader: TabLeader | undefined;

  constructor(tabs: TabHost, reader: string, settings: LiveSourceSettings, host: LiveSourceHost) {
    this.#settings = settings;
    this.#host = host;
    const name = `tickmark 1 ${settings.url} ${reader}`;
    this.#group = new TabGroup(tabs, name, settings.clock, settings.random, this.#member());
  }

  get hasOthers(): boolean {
    return !this.#group.isLeader || this.#group.hasFollowers;
  }

  start(): void {
    if (!this.#group.isMember) this.#group.join();
  }

  stop(): void {
    if (!this.#group.isMember) return;
    this.#group.leave();
    this.#resign();
    this.#host.state(IDLE);
  }

  want(topics: ReadonlySet<Topic>): void {
    this.#topics = topics;
    this.#leader?.want(OWN, topics);
    this.#group.sendToLeader(this.#introduction());
  }

  hint(): void {
    this.start();
    this.#leader?.hint();
  }

  reconnect(): void {
    this.#leader?.reconnect();
    this.#group.sendToLeader({ reconnects: true });
  }

  #introduction(): FollowerMessage {
    return { wants: [...this.#topics] };
  }

  #resign(): void {
    this.#leader?.close();
    this.#leader = undefined;
  }

  #member(): TabGroupMember<FollowerMessage, LeaderMessage> {
    const host = this.#host;
    const sendUpdate = (update: LeaderUpdate, to?: string): void =>
      this.#group.sendToFollowers({ ...update, serverNow: host.serverNow() }, to);
    const lost = (): void => host.state({ ...IDLE, phase: 'opening', isShared: true });
    return {
      becameLeader: () => {
        this.#leader = new TabLeader(this.#settings, host, sendUpdate);
        this.#leader.want(OWN, this.#topics);
      },
      becameFollower: () => {
        this.#resign();
        lost();
      },
      leaderLost: lost,
      introduction: () => this.#introduction(),
      receivedFromFollower: (tab, said) => {
        if ('reconnects' in said) return this.#leader?.reconnect();
        this.#leader?.want(tab, said.wants);
        sendUpdate(this.#leader?.updateFor(tab) ?? {}, tab);
        // A tab that can be seen can see to it better.
        if (!host.isVisible()) this.stop();
      },
      followerLeft: (tab) => this.#leader?.want(tab, []),
      receivedFromLeader: (told) => this.#take(told),
    };
  }

  #take({
    isWhole,
    subject,
    values,
    position = null,
    denied = [],
    state,
    feed,
    serverNow,
  }: LeaderMessage): void {
    const host = this.#host;
    host.received(serverNow, true, subject);
    // What the leader does not have yet, this tab may have of a moment that its new position is not of.
    if (isWhole) for (const [, entry] of host.store.entries()) entry.isHeld = false;
    if (values) host.values(values, position);
    for (const [topic, reason] of denied) host.denied(topic, reason);
    if (feed) host.feed(feed);
    if (state) host.state({ ...state, isShared: true });
  }
}
