import type { EmailAddress } from '../../../domain/email-address.js';
import type { Password } from '../../../domain/password-policy.js';
import type { PersonName, User } from '../../../domain/user.js';
import type { Username } from '../../../domain/username.js';
import type { UseCase } from './use-case.js';

export interface RegisterUserInput {
  readonly email: EmailAddress;
  readonly username: Username;
  readonly name: PersonName;
  readonly password: Password;
}

/** Errors: `validation_failed` (password policy), `email_taken`, `username_taken`, `overloaded`. */
export type RegisteringUsers = UseCase<RegisterUserInput, User>;
