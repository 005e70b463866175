import type { Branded } from './branded.js';
import type { EmailAddress } from './email-address.js';
import type { Id } from './id.js';
import { checkText } from './text.js';
import type { Timestamp } from './timestamp.js';
import type { Username } from './username.js';

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
