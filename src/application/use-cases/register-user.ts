import { EmailTaken, UsernameTaken } from '../../domain/errors.js';
import type { PasswordPolicy } from '../../domain/password-policy.js';
import { checkNewPassword } from '../../domain/password-policy.js';
import type { User } from '../../domain/user.js';
import type { AttemptGuard } from '../attempt-guard.js';
import type { PasswordHasher } from '../ports/driven/password-hasher.js';
import type { Clock, IdGenerator } from '../ports/driven/system.js';
import type { UserRepository } from '../ports/driven/user-repository.js';
import type { RegisteringUsers, RegisterUserInput } from '../ports/driving/accounts.js';

export class RegisterUser implements RegisteringUsers {
  constructor(
    private readonly users: UserRepository,
    private readonly hasher: PasswordHasher,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly policy: PasswordPolicy,
    private readonly attempts: AttemptGuard,
  ) {}

  async execute(input: RegisterUserInput): Promise<User> {
    checkNewPassword(input.password, input, this.policy);
    return this.attempts.registration(input.address, () => this.add(input));
  }

  private async add({ email, username, name, password }: RegisterUserInput): Promise<User> {
    const passwordHash = await this.hasher.hash(password);
    const user: User = { id: this.ids.next(), email, username, name, createdAt: this.clock.now() };
    // The store's unique keys decide, not a query before: of simultaneous registrations exactly one succeeds.
    const outcome = await this.users.add({ user, passwordHash });
    if (outcome === 'email_taken') throw new EmailTaken();
    if (outcome === 'username_taken') throw new UsernameTaken();
    return user;
  }
}
