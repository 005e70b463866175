import { InvalidCredentials, Overloaded } from '../../domain/errors.js';
import { networkOf } from '../../domain/ip-address.js';
import type { Password } from '../../domain/password-policy.js';
import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds, openSession } from '../../domain/session.js';
import type { AttemptGuard } from '../attempt-guard.js';
import type { PasswordHasher } from '../ports/driven/password-hasher.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Clock, IdGenerator, TokenDigest, TokenGenerator } from '../ports/driven/system.js';
import type { Account, UserRepository } from '../ports/driven/user-repository.js';
import type { LoggingIn, LoginInput, LoginResult } from '../ports/driving/accounts.js';
import { sessionView } from '../ports/driving/accounts.js';

/** Opens a session for an account, after its attempts and password were checked. */
export class Login implements LoggingIn {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionRepository,
    private readonly hasher: PasswordHasher,
    private readonly tokens: TokenGenerator,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
    private readonly attempts: AttemptGuard,
  ) {}

  async execute({ account: reference, password, userAgent, address, replaces }: LoginInput): Promise<LoginResult> {
    const client = address ? networkOf(address) : null;
    const account = await this.users.findAccount(reference);
    const verified = await this.attempts.login({ reference, account, address }, () =>
      this.verify(account, password, client),
    );
    if (verified.outdated) await this.rehash(verified.account, password, client);

    const { user } = verified.account;
    const token = this.tokens.next();
    const now = this.clock.now();
    const session = openSession({ id: this.ids.next(), userId: user.id, userAgent, now }, this.policy);
    await this.sessions.add(
      session,
      this.computeDigest(token),
      replaces === null ? null : this.tokens.digest(replaces),
      { max: this.policy.maxPerUser, ...computeLivenessBounds(now, this.policy) },
    );
    return { user, session: sessionView(session, session.id), token };
  }

  /** An unknown account takes the same path and the same work as a wrong password. */
  private async verify(
    account: Account | null,
    password: Password,
    client: string | null,
  ): Promise<{ account: Account; outdated: boolean }> {
    const { matches, outdated } = await this.hasher.verify(password, account?.passwordHash ?? null, client);
    if (!account || !matches) throw new InvalidCredentials();
    return { account, outdated };
  }

  private async rehash({ user, passwordHash }: Account, password: Password, client: string | null): Promise<void> {
    try {
      await this.users.replacePasswordHash(user.id, passwordHash, await this.hasher.hash(password, client));
    } catch (error) {
      // The stronger hash can wait for the next login. This login succeeds, since the password was right.
      if (!(error instanceof Overloaded)) throw error;
    }
  }

  private computeDigest(token: string): TokenDigest {
    const digest = this.tokens.digest(token);
    if (digest === null) throw new Error('The token generator refused a token that it generated.');
    return digest;
  }
}
