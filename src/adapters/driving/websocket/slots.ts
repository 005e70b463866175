import { Overloaded, TradepostError } from '../../../domain/errors.js';
import { networkOf } from '../web/ip-addresses.js';
import type { SocketLimits } from './limits.js';

/** One of the limited number of sockets that this process, and each user in it, may have open. */
export interface Slot {
  /** Counts the socket for this user, once. @throws TooManySockets */
  claimFor(userId: string): void;
  /**
   * Counts the socket as one without a session. `evict` is called if a user needs the slot.
   *
   * @throws Overloaded, TooManySockets
   */
  claimAnonymous(address: string | undefined, evict: () => void): void;
  release(): void;
}

type Limits = Pick<SocketLimits, 'sockets' | 'socketsPerUser' | 'anonymousSockets' | 'anonymousSocketsPerAddress'>;

/** What a slot counts as. A handshake that is not decided yet is pending. */
type Claim =
  | { readonly kind: 'pending' | 'released' }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'anonymous'; readonly network: string; readonly evict: () => void };

/**
 * Limits the sockets of the process, of each user, and those without a session. A socket without a session never keeps
 * a user out: it gives its slot up.
 */
export class Slots {
  private pending = 0;
  private users = 0;
  private readonly byUser = new Map<string, number>();
  private readonly byNetwork = new Map<string, number>();
  /** In the order they came. */
  private readonly anonymous = new Set<OpenSlot>();

  constructor(private readonly limits: Limits) {}

  /** @throws Overloaded if users and undecided handshakes take as many slots as there are */
  take(): Slot {
    if (this.users + this.pending >= this.limits.sockets) throw new Overloaded(10);
    this.pending += 1;
    return new OpenSlot(this);
  }

  claimFor(slot: OpenSlot, userId: string): void {
    const { socketsPerUser, sockets } = this.limits;
    const count = this.byUser.get(userId) ?? 0;
    if (count >= socketsPerUser) {
      throw new TooManySockets(`This user already has ${socketsPerUser} open sockets. Close one and try again.`);
    }
    this.forget(slot);
    this.byUser.set(userId, count + 1);
    this.users += 1;
    slot.claim = { kind: 'user', userId };
    if (this.users + this.pending + this.anonymous.size > sockets) this.evictOldest();
  }

  claimAnonymous(slot: OpenSlot, address: string | undefined, evict: () => void): void {
    const { sockets, anonymousSockets, anonymousSocketsPerAddress: perAddress } = this.limits;
    const network = networkOf(address ?? '');
    const count = this.byNetwork.get(network) ?? 0;
    if (count >= perAddress) {
      throw new TooManySockets(`There are already ${perAddress} sockets without a session from this address.`);
    }
    const isFull = this.users + this.pending + this.anonymous.size > sockets;
    if (isFull || this.anonymous.size >= anonymousSockets) throw new Overloaded(10);
    this.forget(slot);
    this.byNetwork.set(network, count + 1);
    this.anonymous.add(slot);
    slot.claim = { kind: 'anonymous', network, evict };
  }

  /** Takes the slot out of what it counts as. */
  forget(slot: OpenSlot): void {
    const { claim } = slot;
    if (claim.kind === 'pending') this.pending -= 1;
    if (claim.kind === 'user') {
      this.users -= 1;
      decrement(this.byUser, claim.userId);
    }
    if (claim.kind === 'anonymous') {
      this.anonymous.delete(slot);
      decrement(this.byNetwork, claim.network);
    }
    slot.claim = { kind: 'released' };
  }

  private evictOldest(): void {
    const [oldest] = this.anonymous;
    if (oldest?.claim.kind !== 'anonymous') return;
    const { evict } = oldest.claim;
    this.forget(oldest);
    evict();
  }
}

class OpenSlot implements Slot {
  claim: Claim = { kind: 'pending' };

  constructor(private readonly slots: Slots) {}

  claimFor(userId: string): void {
    if (this.claim.kind === 'pending' || this.claim.kind === 'anonymous') this.slots.claimFor(this, userId);
  }

  claimAnonymous(address: string | undefined, evict: () => void): void {
    if (this.claim.kind === 'pending') this.slots.claimAnonymous(this, address, evict);
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
