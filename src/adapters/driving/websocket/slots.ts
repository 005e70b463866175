import { Overloaded, TradepostError } from '../../../domain/errors.js';
import { networkOf } from '../../../domain/ip-address.js';
import type { SocketLimits } from './limits.js';

/** One of the limited number of sockets that this process, and each user in it, may have open. */
export interface Slot {
  /** Counts the socket as one of this user. Does nothing if it counts as a user's already. @throws TooManySockets */
  assignTo(userId: string): void;
  /**
   * Counts the socket as one without a session. `evict` is called if a user needs the slot.
   *
   * @throws Overloaded, TooManySockets
   */
  assignAnonymous(address: string | undefined, evict: () => void): void;
  release(): void;
}

/** How many sockets there are, by what they count as. */
export interface SlotCounts {
  readonly opening: number;
  readonly anonymous: number;
  readonly session: number;
}

type Limits = Pick<SocketLimits, 'sockets' | 'socketsPerUser' | 'anonymousSockets' | 'anonymousSocketsPerAddress'>;

/** What a slot counts as. The slot of an unfinished handshake is pending. */
type Assignment =
  | { readonly kind: 'pending' | 'released' }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'anonymous'; readonly network: string; readonly evict: () => void };

/**
 * Limits the sockets of the process, of each user, and those without a session. If all slots are taken, a user gets the
 * slot of the oldest socket without a session.
 */
export class Slots {
  private pending = 0;
  private users = 0;
  private readonly byUser = new Map<string, number>();
  private readonly byNetwork = new Map<string, number>();
  /** Oldest first. */
  private readonly anonymous = new Set<OpenSlot>();

  constructor(private readonly limits: Limits) {}

  get counts(): SlotCounts {
    return { opening: this.pending, anonymous: this.anonymous.size, session: this.users };
  }

  /** @throws Overloaded if users and unfinished handshakes have all slots */
  take(): Slot {
    if (this.users + this.pending >= this.limits.sockets) throw new Overloaded(10);
    this.pending += 1;
    return new OpenSlot(this);
  }

  assignTo(slot: OpenSlot, userId: string): void {
    const { socketsPerUser, sockets } = this.limits;
    const count = this.byUser.get(userId) ?? 0;
    if (count >= socketsPerUser) {
      throw new TooManySockets(`This user already has ${socketsPerUser} open sockets. Close one and try again.`);
    }
    this.forget(slot);
    this.byUser.set(userId, count + 1);
    this.users += 1;
    slot.assignment = { kind: 'user', userId };
    if (this.users + this.pending + this.anonymous.size > sockets) this.evictOldest();
  }

  assignAnonymous(slot: OpenSlot, address: string | undefined, evict: () => void): void {
    const { sockets, anonymousSockets, anonymousSocketsPerAddress: perAddress } = this.limits;
    const network = networkOf(address ?? '');
    const count = this.byNetwork.get(network) ?? 0;
    if (count >= perAddress) {
      throw new TooManySockets(`There are already ${perAddress} sockets without a session from this IP address.`);
    }
    const isFull = this.users + this.pending + this.anonymous.size > sockets;
    // Most get their session within a second, also where thousands of clients come back at once.
    if (isFull || this.anonymous.size >= anonymousSockets) throw new Overloaded(2);
    this.forget(slot);
    this.byNetwork.set(network, count + 1);
    this.anonymous.add(slot);
    slot.assignment = { kind: 'anonymous', network, evict };
  }

  /** Stops counting the slot as anything. */
  forget(slot: OpenSlot): void {
    const { assignment } = slot;
    if (assignment.kind === 'pending') this.pending -= 1;
    if (assignment.kind === 'user') {
      this.users -= 1;
      decrement(this.byUser, assignment.userId);
    }
    if (assignment.kind === 'anonymous') {
      this.anonymous.delete(slot);
      decrement(this.byNetwork, assignment.network);
    }
    slot.assignment = { kind: 'released' };
  }

  private evictOldest(): void {
    const [oldest] = this.anonymous;
    if (oldest?.assignment.kind !== 'anonymous') return;
    const { evict } = oldest.assignment;
    this.forget(oldest);
    evict();
  }
}

class OpenSlot implements Slot {
  assignment: Assignment = { kind: 'pending' };

  constructor(private readonly slots: Slots) {}

  assignTo(userId: string): void {
    if (this.assignment.kind === 'pending' || this.assignment.kind === 'anonymous') this.slots.assignTo(this, userId);
  }

  assignAnonymous(address: string | undefined, evict: () => void): void {
    if (this.assignment.kind === 'pending') this.slots.assignAnonymous(this, address, evict);
  }

  release(): void {
    this.slots.forget(this);
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 0) - 1;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

class TooManySockets extends TradepostError {
  readonly code = 'rate_limited';
}
