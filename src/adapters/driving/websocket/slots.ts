import { Overloaded, TradepostError } from '../../../domain/errors.js';
import type { SocketLimits } from './limits.js';

/** One of the limited number of sockets that this process, and each user in it, may have open. */
export interface Slot {
  /** Counts the socket for this user, once. @throws TooManySockets */
  claimFor(userId: string): void;
  release(): void;
}

/** Limits the sockets of the process and of each user. */
export class Slots {
  private taken = 0;
  private readonly byUser = new Map<string, number>();

  constructor(private readonly limits: Pick<SocketLimits, 'sockets' | 'socketsPerUser'>) {}

  /** @throws Overloaded if the process has as many sockets as it may */
  take(): Slot {
    if (this.taken >= this.limits.sockets) throw new Overloaded(10);
    this.taken += 1;
    let user: string | undefined;
    let isReleased = false;
    return {
      claimFor: userId => {
        if (user !== undefined || isReleased) return;
        this.count(userId, 1);
        user = userId;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.taken -= 1;
        if (user !== undefined) this.count(user, -1);
      },
    };
  }

  private count(userId: string, change: 1 | -1): void {
    const { socketsPerUser } = this.limits;
    const count = (this.byUser.get(userId) ?? 0) + change;
    if (change > 0 && count > socketsPerUser) throw new TooManySockets(socketsPerUser);
    if (count === 0) this.byUser.delete(userId);
    else this.byUser.set(userId, count);
  }
}

class TooManySockets extends TradepostError {
  readonly code = 'rate_limited';

  constructor(limit: number) {
    super(`This user already has ${limit} open sockets. Close one and try again.`);
  }
}
