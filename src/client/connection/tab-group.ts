import type { Clock, Timer } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';

/** The part of `navigator.locks` that is used; see https://w3c.github.io/web-locks/. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    held: () => Promise<void>,
  ): Promise<unknown>;
}

/** The part of a `BroadcastChannel` that is used. */
export interface TabChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** How the tabs of one browser find each other. */
export interface TabHost {
  readonly locks: TabLocks;
  openChannel(name: string): TabChannel;
}

/** Receives the events of a group. Followers send a `FollowerMessage` to the leader, and the leader a `LeaderMessage` to its followers. */
export interface TabGroupMember<FollowerMessage, LeaderMessage> {
  /** This tab leads from now on, until `becameFollower()`. */
  becameLeader(): void;
  /** Another tab leads, or will. */
  becameFollower(): void;
  /** The leader has been silent for too long; the tabs choose another one. */
  leaderLost(): void;
  /** Returns the message that this tab sends to each new leader. */
  introduction(): FollowerMessage;
  /** Leader: a follower has sent a message. */
  receivedFromFollower(tab: string, said: FollowerMessage): void;
  /** Leader: a follower has gone. */
  followerLeft(tab: string): void;
  /** Follower: the leader has sent a message. */
  receivedFromLeader(told: LeaderMessage): void;
  /** The browser refuses the locks or the channel to this page. */
  failed(): void;
}

/** A leader's sign of life, or its message to all followers or to one of them. */
interface LeaderEnvelope<LeaderMessage> {
  readonly from: string;
  readonly leads: true;
  readonly to?: string;
  readonly told?: LeaderMessage;
}

type Message<FollowerMessage, LeaderMessage> =
  | LeaderEnvelope<LeaderMessage>
  | { readonly from: string; readonly said: FollowerMessage }
  | { readonly from: string; readonly left: true };

/** Longest time between two signs of life of a leader. */
const BEAT_MS = 1000;
/** A leader that is silent for this long counts as frozen. */
const SILENT_MS = 2 * BEAT_MS;
/** Range of a random delay, so that tabs that miss their leader do not all try to lead at once. */
const SPREAD_MS = 500;

/**
 * One tab's membership in a group of tabs of one browser. The tab that holds a lock leads. Another tab gets the lock when its holder
 * leaves, is closed or crashes, and takes it from a holder that is frozen.
 */
export class TabGroup<FollowerMessage, LeaderMessage> {
  readonly #tabs: TabHost;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #member: TabGroupMember<FollowerMessage, LeaderMessage>;
  readonly #id: string;
  /** Tabs that have sent this one a message as their leader. */
  readonly #followers = new Set<string>();
  #membership: AbortController | undefined;
  #channel: TabChannel | undefined;
  #isPresent = false;
  #isLeader = false;
  #leader: string | undefined;
  #timer: Timer | undefined;

  constructor(
    tabs: TabHost,
    name: string,
    clock: Clock,
    random: RandomSource,
    member: TabGroupMember<FollowerMessage, LeaderMessage>,
  ) {
    this.#tabs = tabs;
    this.#name = name;
    this.#clock = clock;
    this.#random = random;
    this.#member = member;
    this.#id = random().toString(36).slice(2);
  }

  get isMember(): boolean {
    return this.#membership !== undefined;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Whether other tabs rely on this one. */
  get hasFollowers(): boolean {
    return this.#followers.size > 0;
  }

  /** Becomes a member: a follower, until this tab gets the lock. */
  join(): void {
    const membership = (this.#membership = new AbortController());
    try {
      this.#channel = this.#tabs.openChannel(this.#name);
    } catch {
      return this.#member.failed();
    }
    this.#channel.onmessage = ({ data }) => this.#receive(data as Message<FollowerMessage, LeaderMessage>);
    this.#follow();
    // Held from before this tab's first message until it leaves. When it is released, the leader knows that the tab has gone, even if it
    // crashed.
    void this.#request(this.#lockOf(this.#id), { signal: membership.signal }, () => {
      this.#isPresent = true;
      this.sendToLeader(this.#member.introduction());
    });
    this.#campaign({ signal: membership.signal });
  }

  /** Leaves. If this tab led, another one does. */
  leave(): void {
    this.#post({ from: this.#id, left: true });
    this.#membership?.abort();
    this.#channel?.close();
    this.#timer?.clear();
    this.#membership = this.#channel = undefined;
    this.#isPresent = this.#isLeader = false;
    this.#followers.clear();
  }

  /** Sends a message to the leader. */
  sendToLeader(said: FollowerMessage): void {
    if (this.#isPresent && !this.#isLeader) this.#post({ from: this.#id, said });
  }

  /** Leader: sends a message to all followers, or to one. */
  sendToFollowers(told: LeaderMessage, to?: string): void {
    if (this.#isLeader && this.hasFollowers)
      this.#post({ from: this.#id, leads: true, told, ...(to && { to }) });
  }

  #post(message: Message<FollowerMessage, LeaderMessage>): void {
    this.#channel?.postMessage(message);
  }

  #lockOf(tab: string): string {
    return `${this.#name} ${tab}`;
  }

  /** Asks for a lock, and holds it until this tab leaves. */
  #request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    granted: () => void,
  ): Promise<unknown> {
    const { signal } = this.#membership!;
    const held = (): Promise<void> => {
      if (signal.aborted) return Promise.resolve();
      granted();
      return new Promise((release) => signal.addEventListener('abort', () => release()));
    };
    return (async () => this.#tabs.locks.request(name, options, held))().catch((error: unknown) => {
      // A lock that was stolen, or is no longer asked for, is an `AbortError`.
      if ((error as Error | undefined)?.name !== 'AbortError' && !signal.aborted) this.#member.failed();
    });
  }

  #campaign(options: { readonly signal?: AbortSignal; readonly steal?: boolean }): void {
    const membership = this.#membership;
    const lost = (): void => {
      // Another tab took the lock while this one was frozen.
      if (membership !== this.#membership || !this.#isLeader) return;
      this.#follow();
      this.#campaign({ signal: membership!.signal });
      this.sendToLeader(this.#member.introduction());
    };
    void this.#request(this.#name, options, () => this.#lead()).then(lost);
  }

  #lead(): void {
    this.#isLeader = true;
    this.#beat();
    this.#member.becameLeader();
  }

  #follow(): void {
    this.#isLeader = false;
    this.#leader = undefined;
    this.#followers.clear();
    this.#member.becameFollower();
    this.#awaitLeader();
  }

  #beat(): void {
    this.#timer?.clear();
    this.#post({ from: this.#id, leads: true });
    this.#timer = this.#clock.setTimer(() => this.#beat(), BEAT_MS);
  }

  #awaitLeader(): void {
    this.#timer?.clear();
    this.#timer = this.#clock.setTimer(
      () => {
        this.#member.leaderLost();
        this.#awaitLeader();
        this.#campaign({ steal: true });
      },
      SILENT_MS + this.#random() * SPREAD_MS,
    );
  }

  #receive(message: Message<FollowerMessage, LeaderMessage>): void {
    if ('leads' in message) this.#receiveFromLeader(message);
    else if (!this.#isLeader) return;
    else if ('left' in message) this.#drop(message.from);
    else {
      this.#admit(message.from);
      this.#member.receivedFromFollower(message.from, message.said);
    }
  }

  #receiveFromLeader({ from, to, told }: LeaderEnvelope<LeaderMessage>): void {
    // The lock decides who leads: a tab that lost it while it was frozen will soon notice.
    if (this.#isLeader) return;
    this.#awaitLeader();
    if (from !== this.#leader) {
      this.#leader = from;
      this.sendToLeader(this.#member.introduction());
    }
    if (told !== undefined && (to === undefined || to === this.#id)) this.#member.receivedFromLeader(told);
  }

  #admit(tab: string): void {
    if (this.#followers.has(tab)) return;
    this.#followers.add(tab);
    const { signal } = this.#membership!;
    const gone = (): Promise<void> => {
      this.#drop(tab);
      return Promise.resolve();
    };
    this.#tabs.locks.request(this.#lockOf(tab), { signal }, gone).catch(() => undefined);
  }

  #drop(tab: string): void {
    if (this.#followers.delete(tab)) this.#member.followerLeft(tab);
  }
}
