import { EmailTaken, UsernameTaken, WeakPassword } from '../../domain/errors.js';
import { networkOf } from '../../domain/ip-address.js';
import type { PasswordPolicy } from '../../domain/password-policy.js';
import { checkNewPassword } from '../../domain/password-policy.js';
import type { User } from '../../domain/user.js';
import type { AttemptGuard } from '../attempt-guard.js';
import type { BreachedPasswords } from '../ports/driven/breached-passwords.js';
import type { PasswordHasher } from '../ports/driven/password-hasher.js';
import type { Clock, IdGenerator } from '../ports/driven/system.js';
import type { UserRepository } from '../ports/driven/user-repository.js';
import type { RegisteringUsers, RegisterUserInput } from '../ports/driving/accounts.js';

/** Creates an account, after its attempts and password were checked. */
export class RegisterUser implements RegisteringUsers {
  constructor(
    private readonly users: UserRepository,
    private readonly hasher: PasswordHasher,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly policy: PasswordPolicy,
    private readonly attempts: AttemptGuard,
    /** Null: passwords are not checked against breaches. */
    private readonly breached: BreachedPasswords | null = null,
  ) {}

  async execute(input: RegisterUserInput): Promise<User> {
    checkNewPassword(input.password, input, this.policy);
    return this.attempts.registration(input.address, () => this.add(input));
  }

  private async add({ email, username, name, password, address }: RegisterUserInput): Promise<User> {
    if (await this.breached?.has(password)) {
      throw new WeakPassword('The password is known from a data breach, so attackers try it.');
    }
    const passwordHash = await this.hasher.hash(password, address ? networkOf(address) : null);
    const user: User = { id: this.ids.next(), email, username, name, createdAt: this.clock.now() };
    // The store's unique keys decide, not a query before: of simultaneous registrations exactly one succeeds.
    const outcome = await this.users.add({ user, passwordHash });
    if (outcome === 'email_taken') throw new EmailTaken();
    if (outcome === 'username_taken') throw new UsernameTaken();
    return user;
  }
}
