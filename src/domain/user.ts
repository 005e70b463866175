import type { EmailAddress } from './email-address.js';
import { ValidationFailed } from './errors.js';
import type { Id } from './id.js';
import type { Branded } from './text.js';
import type { Timestamp } from './timestamp.js';
import { checkVisibleText } from './visible-text.js';

/** A username as its owner wrote it. Usernames that differ only in case are the same: compare `usernameKey`. */
export type Username = Branded<'Username'>;

const USERNAME = /^[A-Za-z0-9_.-]{3,30}$/;

/** Accepts 3 to 30 characters of `a-z A-Z 0-9 _ . -`. */
export function parseUsername(text: string): Username {
  if (!USERNAME.test(text)) {
    throw ValidationFailed.of('must have 3 to 30 characters of a-z, A-Z, 0-9, underscore, dot and hyphen');
  }
  return text as Username;
}

/** Returns the form of a username that is unique: lower case. Usernames are ASCII, so this does not depend on locales. */
export const usernameKey = (username: string): string => username.toLowerCase();

/** The name of a person: 1 to 100 code points on one line, at least one of them visible. */
export type PersonName = Branded<'PersonName'>;

/** An account as its owner sees it. */
export interface User {
  /** The id of the account: a UUID in lower case. */
  readonly id: Id;
  /** In its stored form: NFKC, lower case. */
  readonly email: EmailAddress;
  /** As its owner wrote it; unique without regard to case. */
  readonly username: Username;
  /** The name that others see: 1 to 100 code points. */
  readonly name: PersonName;
  /** When the account was created: RFC 3339, UTC, with milliseconds. */
  readonly createdAt: Timestamp;
}

/** An account as others see it. */
export interface PublicUser {
  /** The id of the account: a UUID in lower case. */
  readonly id: Id;
  /** As its owner wrote it; unique without regard to case. */
  readonly username: Username;
  /** 1 to 100 code points. */
  readonly name: PersonName;
}

/** Accepts 1 to 100 code points with the rules of `checkVisibleText`. */
export const parsePersonName = (text: string): PersonName => checkVisibleText(text, { min: 1, max: 100 }) as PersonName;

export const publicUser = ({ id, username, name }: PublicUser): PublicUser => ({ id, username, name });
