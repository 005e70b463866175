import type { AttemptPolicy } from '../domain/attempt-limit.js';
import { accountLimit, loginLimit, registrationLimit } from '../domain/attempt-limit.js';
import { EmailTaken, InvalidCredentials, RateLimited, UsernameTaken } from '../domain/errors.js';
import type { IpAddress } from '../domain/ip-address.js';
import { networkOf } from '../domain/ip-address.js';
import { secondsBetween } from '../domain/timestamp.js';
import { usernameKey } from '../domain/user.js';
import type { Attempt, AttemptLimiter } from './ports/driven/attempt-limiter.js';
import type { Clock } from './ports/driven/system.js';
import type { Account } from './ports/driven/user-repository.js';
import type { LoginInput } from './ports/driving/accounts.js';

type ClientAddress = IpAddress | null | undefined;

/**
 * Limits logins by account and by IP address, and registrations by IP address. An attempt is counted before its password
 * is hashed and uncounted after a success, because parallel guesses would all pass a check that counts afterwards.
 */
export class AttemptGuard {
  /** Without a policy there are no limits and no calls of the limiter. */
  constructor(
    private readonly limiter: AttemptLimiter,
    private readonly clock: Clock,
    private readonly policy: AttemptPolicy | null,
  ) {}

  /**
   * `work` has to throw `InvalidCredentials` if the login fails. An account counts under its e-mail address, whichever of
   * its names was used; a name without an account counts under itself, in the same way.
   *
   * @throws RateLimited without calling `work`; what `work` throws
   */
  async login<Result>({ reference, account, address }: LoginAttempt, work: () => Promise<Result>): Promise<Result> {
    if (!this.policy) return work();
    const key = `login account ${accountKey(reference, account)}`;
    const attempts = [
      ...fromAddress('login', address, loginLimit(this.policy)),
      { key, limit: accountLimit(this.policy) },
    ];
    const result = await this.count(attempts, work);
    await this.limiter.forgive(key, this.clock.now());
    return result;
  }

  /** @throws RateLimited without calling `work`; what `work` throws */
  async registration<Result>(address: ClientAddress, work: () => Promise<Result>): Promise<Result> {
    if (!this.policy) return work();
    return this.count(fromAddress('registration', address, registrationLimit(this.policy)), work);
  }

  private async count<Result>(attempts: readonly Attempt[], work: () => Promise<Result>): Promise<Result> {
    if (attempts.length > 0) await this.reserve(attempts);
    try {
      return await work();
    } catch (error) {
      if (!isDecision(error)) await this.release(attempts);
      throw error;
    }
  }

  private async reserve(attempts: readonly Attempt[]): Promise<void> {
    const now = this.clock.now();
    const readyAt = await this.limiter.reserve(attempts, now);
    if (readyAt !== null) throw new RateLimited(Math.max(1, Math.ceil(secondsBetween(now, readyAt))));
  }

  /** Never throws: the caller has an error to report already, and what stays counted expires. */
  private async release(attempts: readonly Attempt[]): Promise<void> {
    const now = this.clock.now();
    for (const { key } of attempts) await this.limiter.release(key, now).catch(() => undefined);
  }
}

/** Who tries to log in, from where. */
export interface LoginAttempt {
  /** The name that was given; it need not be that of an account. */
  readonly reference: LoginInput['account'];
  /** Null if there is none. */
  readonly account: Account | null;
  /** The client's IP address; null if it is not known. */
  readonly address: ClientAddress;
}

/** Whether the caller learned something from the attempt. Otherwise, as when the hashing queue is full, it is not counted. */
const isDecision = (error: unknown): boolean =>
  error instanceof InvalidCredentials || error instanceof EmailTaken || error instanceof UsernameTaken;

function accountKey(reference: LoginInput['account'], account: Account | null): string {
  if (account) return `email ${account.user.email}`;
  return 'email' in reference ? `email ${reference.email}` : `username ${usernameKey(reference.username)}`;
}

const fromAddress = (action: string, address: ClientAddress, limit: Attempt['limit']): Attempt[] =>
  address ? [{ key: `${action} address ${networkOf(address)}`, limit }] : [];
