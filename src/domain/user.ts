import type { EmailAddress } from './email-address.js';
import { ValidationFailed } from './errors.js';
import type { Id } from './id.js';
import type { Branded } from './text.js';
import { checkText } from './text.js';
import type { Timestamp } from './timestamp.js';

/** A username as its owner wrote it. Two that differ only in case are the same: compare `usernameKey`. */
export type Username = Branded<'Username'>;

const USERNAME = /^[A-Za-z0-9_.-]{3,30}$/;

export function parseUsername(text: string): Username {
  if (!USERNAME.test(text)) {
    throw ValidationFailed.of('must have 3 to 30 characters of a-z, A-Z, 0-9, underscore, dot and hyphen');
  }
  return text as Username;
}

/** What is unique: the username in lower case (it is ASCII, so every locale agrees). */
export const usernameKey = (username: string): string => username.toLowerCase();

export type PersonName = Branded<'PersonName'>;

/** An account as its owner sees it. */
export interface User {
  readonly id: Id;
  readonly email: EmailAddress;
  readonly username: Username;
  readonly name: PersonName;
  readonly createdAt: Timestamp;
}

/** An account as others see it. */
export interface PublicUser {
  readonly id: Id;
  readonly username: Username;
  readonly name: PersonName;
}

/** What people are called: 1 to 100 characters. */
export const parsePersonName = (text: string): PersonName => checkText(text, { min: 1, max: 100 }) as PersonName;

export const publicUser = ({ id, username, name }: PublicUser): PublicUser => ({ id, username, name });
