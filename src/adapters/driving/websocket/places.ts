import { Overloaded } from '../../../domain/errors.js';
import { TooManySockets } from './errors.js';
import type { Limits } from './limits.js';

/** A place among the sockets of this process, and once the user is known among the user's. */
export interface Place {
  /** @throws TooManySockets */
  claimFor(userId: string): void;
  leave(): void;
}

/** How many sockets there are, in all and of each user. */
export class Places {
  private taken = 0;
  private readonly byUser = new Map<string, number>();

  constructor(private readonly limits: Pick<Limits, 'sockets' | 'socketsPerUser'>) {}

  /** @throws Overloaded */
  take(): Place {
    if (this.taken >= this.limits.sockets) throw new Overloaded(10);
    this.taken += 1;
    let user: string | undefined;
    let left = false;
    return {
      claimFor: userId => {
        if (user !== undefined || left) return;
        this.count(userId, 1);
        user = userId;
      },
      leave: () => {
        if (left) return;
        left = true;
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
