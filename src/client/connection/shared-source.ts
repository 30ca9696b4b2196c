import { checkNames } from '../../core/option-names.js';
import { invalidArgument } from '../../core/errors.js';
import type { Topic } from '../../protocol/topic.js';
import type { ConnectionFault } from './connection-snapshot.js';
import { GatewayLink } from './gateway-link.js';
import { TabGroup, type TabChannel, type TabGroupMember, type TabHost, type TabLocks } from './tab-group.js';
import { TabLeader, type LeaderUpdate } from './tab-leader.js';
import {
  IDLE,
  isVerdict,
  type OpenLiveSource,
  type LiveSource,
  type LiveSourceHost,
  type LiveSourceSettings,
  type SourceState,
} from './live-source.js';

/** Options of {@link sharedByTabs}. */
export interface TabSharingOptions {
  /**
   * Id of the reader, such as the id of the user. Tabs of the same reader share a connection, and all see what the tab that holds it may
   * see. When another user signs in, create a new client with the new id.
   */
  readonly reader: string;
  /** How tabs find each other. Default: by the browser's locks and channels. */
  readonly tabs?: TabHost | null;
}

/** Message of a follower: the topics that it wants, and whether the leader is to connect again. */
interface FollowerMessage {
  readonly wants: readonly Topic[];
  readonly reconnects?: boolean;
}

/** Message of a leader, with the gateway's time. */
type LeaderMessage = LeaderUpdate & { readonly serverNow: number };

/** The browser has what tabs need to meet, and refuses it to this page. */
const BLOCKED: ConnectionFault = {
  code: null,
  cause: 'storage',
  message: 'The browser keeps this page from its other tabs: it has a connection of its own.',
};

/**
 * Lets the tabs of a browser share one connection. Where the browser cannot do that, such as on a page that was not loaded over HTTPS,
 * or refuses it, as with blocked cookies, each page has its own connection.
 *
 * @example
 * ```ts
 * import { TickmarkClient, sharedByTabs } from 'tickmark/client';
 *
 * const client = new TickmarkClient({ url: '/live', share: sharedByTabs({ reader: 'user-42' }) });
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` without a reader.
 */
export function sharedByTabs(options: TabSharingOptions): OpenLiveSource {
  // JavaScript may call it without options.
  const given = { ...options };
  checkNames('sharedByTabs', 'option', given, { reader: true, tabs: true });
  const { reader, tabs = browserTabs() } = given;
  if (typeof reader !== 'string' || reader === '') {
    throw invalidArgument('sharedByTabs: reader', reader, 'the id of the reader');
  }
  return (settings, host) =>
    tabs ? new SharedSource(tabs, reader, settings, host) : new GatewayLink(settings, host);
}

function browserTabs(): TabHost | null {
  try {
    const { navigator, BroadcastChannel: Channel } = globalThis as unknown as {
      readonly navigator?: { readonly locks?: TabLocks };
      readonly BroadcastChannel?: new (name: string) => TabChannel;
    };
    const locks = navigator?.locks;
    return locks && Channel ? { locks, openChannel: (name) => new Channel(name) } : null;
  } catch {
    // Blocked, so that even looking throws.
    return null;
  }
}

/** Gets values over a link of its own while this tab leads, and otherwise from the tab that leads. */
class SharedSource implements LiveSource {
  readonly #settings: LiveSourceSettings;
  readonly #host: LiveSourceHost;
  readonly #group: TabGroup<FollowerMessage, LeaderMessage>;
  #topics: ReadonlySet<Topic> = new Set();
  #leader: TabLeader | undefined;
  /** The page's own link, if it cannot meet other tabs. */
  #own: GatewayLink | undefined;
  #state = IDLE;
  #isReconnectDue = false;

  constructor(tabs: TabHost, reader: string, settings: LiveSourceSettings, host: LiveSourceHost) {
    this.#settings = settings;
    this.#host = {
      ...host,
      state: (state) => {
        this.#state = state;
        host.state(state);
      },
    };
    const name = `tickmark 1 ${settings.url} ${reader}`;
    this.#group = new TabGroup(tabs, name, settings.clock, settings.random, this.#member());
  }

  get hasOthers(): boolean {
    return !this.#own && (!this.#group.isLeader || this.#group.hasFollowers);
  }

  start(): void {
    if (this.#own) this.#own.start();
    else if (!this.#group.isMember) this.#group.join();
  }

  stop(): void {
    if (this.#own) return this.#own.stop();
    if (!this.#group.isMember) return;
    this.#group.leave();
    this.#resign();
    if (!isVerdict(this.#state.phase)) this.#host.state(IDLE);
  }

  want(topics: ReadonlySet<Topic>): void {
    this.#topics = topics;
    if (this.#own) return this.#own.want(topics);
    this.#leader?.wantOwn(topics);
    this.#group.sendToLeader(this.#introduction());
  }

  hint(): void {
    if (this.#own) return this.#own.hint();
    this.start();
    this.#leader?.hint();
  }

  reconnect(): void {
    if (this.#own) return this.#own.reconnect();
    if (this.#leader) return this.#leader.reconnect();
    // It is not lost while this tab is hidden, or no tab leads.
    this.#isReconnectDue = true;
    this.#group.sendToLeader(this.#introduction());
  }

  #introduction(): FollowerMessage {
    return { wants: [...this.#topics], reconnects: this.#isReconnectDue };
  }

  /** Goes on without the other tabs. */
  #standAlone(): void {
    if (this.#own) return;
    const isRunning = this.#group.isMember;
    this.#group.leave();
    this.#resign();
    const host = this.#host;
    const state = (next: SourceState): void => host.state({ ...next, error: next.error ?? BLOCKED });
    this.#own = new GatewayLink(this.#settings, { ...host, state });
    this.#own.want(this.#topics);
    if (this.#isReconnectDue) this.#own.reconnect();
    if (isRunning) this.#own.start();
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
        this.#leader.wantOwn(this.#topics);
        if (this.#isReconnectDue) this.#leader.reconnect();
        this.#isReconnectDue = false;
      },
      becameFollower: () => {
        this.#resign();
        lost();
      },
      leaderLost: lost,
      introduction: () => this.#introduction(),
      receivedFromFollower: (tab, said) => {
        this.#leader?.want(tab, said.wants);
        if (said.reconnects) this.#leader?.reconnect();
        sendUpdate(this.#leader?.updateFor(tab) ?? {}, tab);
        // A hidden tab leaves the connection to the tab that asks, which is visible.
        if (!host.isVisible()) this.stop();
      },
      followerLeft: (tab) => this.#leader?.want(tab, []),
      receivedFromLeader: (told) => this.#take(told),
      failed: () => this.#standAlone(),
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
    this.#isReconnectDue = false;
    host.received(serverNow, true, subject);
    // Values that the leader does not have yet are older than the new position: changes must not be applied to them.
    if (isWhole) for (const [, entry] of host.store.entries()) entry.isHeld = false;
    if (values) host.values(values, position);
    for (const [topic, reason] of denied) host.denied(topic, reason);
    if (feed) host.feed(feed);
    if (state) host.state({ ...state, isShared: true });
  }
}
